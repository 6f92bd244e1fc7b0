using Tda.Curation.Measures;
using Tda.Curation.Selection;

namespace Tda.Curation.Ledger;

/// <summary>mask-summary.json, beside mask.jsonl: how the mask was selected, and its figures.</summary>
public sealed record MaskSummary
{
    public const string FormatName = "tda.mask-summary";

    public const int CurrentVersion = 1;

    public string Format { get; init; } = FormatName;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>The rule in words, as the ledger states it.</summary>
    public required string Rule { get; init; }

    /// <summary>Score above which a token is masked, in nats × N; null in a random control.</summary>
    public double? Tau { get; init; }

    public double? Budget { get; init; }

    public required long TotalTokens { get; init; }

    public required long BudgetTokens { get; init; }

    public required long TokensAbove { get; init; }

    public required int DocumentsAbove { get; init; }

    public required long MaskedTokens { get; init; }

    public required long MaskedAbove { get; init; }

    public required int MaskedDocuments { get; init; }

    /// <summary>Masked tokens per source, largest first.</summary>
    public required Dictionary<string, long> BySource { get; init; }

    public static MaskSummary Of(MaskResult result, MaskOptions options) => new()
    {
        Rule = options.Rule,
        Tau = result.Tau,
        Budget = options.Budget,
        TotalTokens = result.TotalTokens,
        BudgetTokens = result.BudgetTokens,
        TokensAbove = result.TokensAbove,
        DocumentsAbove = result.DocumentsAbove,
        MaskedTokens = result.MaskedTokens,
        MaskedAbove = result.MaskedAbove,
        MaskedDocuments = result.Documents.Count,
        BySource = result.Documents
            .GroupBy(d => d.Source, d => (long)d.Tokens.Length, StringComparer.Ordinal)
            .OrderByDescending(g => g.Sum())
            .ThenBy(g => g.Key, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Sum(), StringComparer.Ordinal),
    };

    /// <exception cref="BadInputException">Not a mask summary, or of a newer version.</exception>
    public static MaskSummary Read(string path) => MeasureFile.Read<MaskSummary>(path, FormatName, CurrentVersion, s => (s.Format, s.Version));
}

/// <summary>Names inside run and curated-corpus directories. Keep in step with docs/formats.</summary>
public static class CurationFiles
{
    /// <summary>Token masks, in a run and in a corpus that is to be trained on with them.</summary>
    public const string Mask = "mask.jsonl";

    /// <summary>How the run's mask was selected, with its figures.</summary>
    public const string MaskSummary = "mask-summary.json";

    /// <summary>Document weights, in a run and in a corpus that is to be trained on with them.</summary>
    public const string Weights = ScoreFormat.Weights;

    /// <summary>The plan that a corpus was curated by.</summary>
    public const string Plan = "plan.yaml";

    /// <summary>The path of such a file in a run or a corpus; null where it has none.</summary>
    public static string? In(string directory, string file) => Path.Combine(directory, file) is var path && File.Exists(path) ? path : null;
}
