namespace Tda.Cli.CommandLine;

/// <summary>Lists as the command line writes them: <c>A,B</c>.</summary>
internal static class CommaList
{
    /// <summary>The parts without white space around them, empty ones left out; none of null.</summary>
    public static string[] Of(string? text) => text?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}
