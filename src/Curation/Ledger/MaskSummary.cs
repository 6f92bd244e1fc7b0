using Tda.Core.Masks;
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

    /// <summary>Masked tokens per source.</summary>
    public required Dictionary<string, long> BySource { get; init; }

    public static MaskSummary Of(MaskResult result, MaskOptions options, string? rule = null) => new()
    {
        Rule = rule ?? RuleOf(options),
        Tau = double.IsFinite(result.Tau) ? result.Tau : null,
        Budget = options.Budget,
        TotalTokens = result.TotalTokens,
        BudgetTokens = result.BudgetTokens,
        TokensAbove = result.TokensAbove,
        DocumentsAbove = result.DocumentsAbove,
        MaskedTokens = result.MaskedTokens,
        MaskedAbove = result.MaskedAbove,
        MaskedDocuments = result.Documents.Count,
        BySource = result.BySource().ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal),
    };

    /// <exception cref="BadInputException">Not a mask summary, or of a newer version.</exception>
    public static MaskSummary Read(string path) => MeasureFile.Read<MaskSummary>(path, FormatName, CurrentVersion, s => (s.Format, s.Version));

    public void Write(string path) => MeasureFile.Write(path, this);

    private static string RuleOf(MaskOptions options)
    {
        var ranking = options.DocumentOrder is null ? "harmonic-mean ranking" : "given document ranking";
        return string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"mask: IF-Guide, quantile {options.Quantile}, window {options.Window}, budget {options.Budget}, {ranking}");
    }
}

/// <summary>A mask on disk: mask.jsonl for training, mask-summary.json for people and for the ledger.</summary>
public static class MaskFiles
{
    /// <summary>Writes both files into <paramref name="directory"/> and returns their names, for the manifest.</summary>
    /// <param name="directory">A run's directory.</param>
    /// <param name="result">The mask.</param>
    /// <param name="options">What it was selected with.</param>
    /// <param name="rule">The rule in words; null = made from the options. A control says so here.</param>
    /// <exception cref="BadInputException">The scores had no character spans: a mask without them fits one tokenizer only.</exception>
    public static string[] Write(string directory, MaskResult result, MaskOptions options, string? rule = null)
    {
        if (result.Documents.FirstOrDefault(d => d.Spans.Length == 0) is { } bare)
        {
            throw new BadInputException("token scores", $"document {bare.Id} has no character spans, which another tokenizer needs to apply the mask", remedy: "Give the tokens' spans with their scores.");
        }

        TokenMask.Write(Path.Combine(directory, CurationFiles.Mask), result.ToDocumentMasks());
        MaskSummary.Of(result, options, rule).Write(Path.Combine(directory, CurationFiles.MaskSummary));
        return [CurationFiles.Mask, CurationFiles.MaskSummary];
    }
}

/// <summary>Names inside run and curated-corpus directories. Keep in step with docs/formats.</summary>
public static class CurationFiles
{
    /// <summary>Token masks, in a run and in a corpus that is to be trained on with them.</summary>
    public const string Mask = "mask.jsonl";

    /// <summary>How the run's mask was selected, with its figures.</summary>
    public const string MaskSummary = "mask-summary.json";

    /// <summary>Document weights, in a run and in a corpus that is to be trained on with them.</summary>
    public const string Weights = "weights.jsonl";
}
