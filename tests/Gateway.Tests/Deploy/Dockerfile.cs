using System.Text.RegularExpressions;

namespace Tda.Gateway.Tests.Deploy;

/// <summary>A Dockerfile's instructions: comments gone, continued lines joined.</summary>
internal static partial class Dockerfile
{
    public static List<(string Name, string Arguments)> Parse(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n').Where(line => !line.TrimStart().StartsWith('#'));
        var joined = string.Join('\n', lines).Replace("\\\n", " ", StringComparison.Ordinal);
        return [.. joined.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Instruction)];
    }

    private static (string Name, string Arguments) Instruction(string line)
    {
        var match = Form().Match(line);
        return match.Success ? (match.Groups["name"].Value, match.Groups["arguments"].Value) : throw new FormatException($"no instruction: {line}");
    }

    [GeneratedRegex(@"^(?<name>[A-Z]+)\s+(?<arguments>.+)$")]
    private static partial Regex Form();
}
