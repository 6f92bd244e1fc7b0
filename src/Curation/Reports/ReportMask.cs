namespace Tda.Curation.Reports;

/// <summary>The token mask in figures.</summary>
public sealed record ReportMask
{
    public required long MaskedTokens { get; init; }

    public required int MaskedDocuments { get; init; }

    /// <summary>All label tokens; null where unknown.</summary>
    public long? TotalTokens { get; init; }

    /// <summary>Threshold in nats × N.</summary>
    public double? Tau { get; init; }

    /// <summary>Budget as a share of all label tokens.</summary>
    public double? Budget { get; init; }

    /// <summary>Masked tokens per source, largest first; empty where unknown.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> BySource { get; init; } = [];
}
