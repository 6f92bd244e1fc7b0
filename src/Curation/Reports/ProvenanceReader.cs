using System.Text.Json.Nodes;
using Tda.Curation.Measures;

namespace Tda.Curation.Reports;

/// <summary>Provenance out of a manifest.</summary>
internal static class ProvenanceReader
{
    public static Provenance Of(Manifest? manifest, ScoreHeader? header, Scorecard? scorecard, string run)
    {
        var line = manifest?.Details["command_line"] is JsonValue value && value.TryGetValue(out string? whole) ? whole : manifest?.Command;
        string[] commands = scorecard?.Commands is { Count: > 0 } given ? [.. given]
            : string.IsNullOrEmpty(line) ? []
            : [line, $"tda report {run}"];
        return new Provenance
        {
            Method = header is null ? null : string.Create(CultureInfo.InvariantCulture, $"{header.Method}, damping {header.Damping:G6}, N = {header.N}"),
            SignConvention = header is null ? null : ScoreHeader.SignConvention,
            Options = manifest is null ? [] : [.. JsonMembers.Flat(manifest.Options)],
            Seeds = manifest is null ? [] : [.. manifest.Seeds],
            Hashes = manifest is null ? [] : [.. manifest.Inputs, .. manifest.Outputs.Where(o => o.Key is not (ReportWriter.Page or ReportWriter.Model or RankingCsv.FileName))],
            Commands = commands,
        };
    }

    /// <summary>Queries behind the ranking: the rows of a guide run are aggregates, its options say of how many queries.</summary>
    public static long Explained(ScoreRun run) =>
        run.Queries.Any(q => q.Id == ScoreFormat.Differential) && run.Manifest.Options["queries"] is JsonValue value && value.TryGetValue(out long queries)
            ? queries
            : run.Queries.Count;
}

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
