namespace Tda.Curation.Reports;

/// <summary>What made the run, so that somebody else can make it again.</summary>
public sealed record Provenance
{
    /// <summary>Influence method, such as ekfac or logra.</summary>
    public string? Method { get; init; }

    /// <summary>The sign convention, as the score files state it.</summary>
    public string? SignConvention { get; init; }

    /// <summary>Options by dotted name.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Options { get; init; } = [];

    public IReadOnlyList<KeyValuePair<string, long>> Seeds { get; init; } = [];

    /// <summary>SHA-256 of each input and output, by name.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Hashes { get; init; } = [];

    /// <summary>Commands that make this run again, in order.</summary>
    public IReadOnlyList<string> Commands { get; init; } = [];
}
