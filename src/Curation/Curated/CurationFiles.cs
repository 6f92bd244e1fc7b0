namespace Tda.Curation.Curated;

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
