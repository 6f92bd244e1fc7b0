namespace Tda.Curation.Reports;

/// <summary>A document among the most influential ones.</summary>
/// <param name="Rank">Place, from 1.</param>
/// <param name="Id">Document id.</param>
/// <param name="Source">Its source.</param>
/// <param name="Score">Influence on the queries in nats × N; positive = proponent.</param>
/// <param name="Share">Share of all positive influence, 0 to 1.</param>
public sealed record ReportDocument(int Rank, string Id, string Source, double Score, double Share)
{
    public string? License { get; init; }

    public string? Owner { get; init; }

    /// <summary>A short piece of the text; null when the corpus was not at hand.</summary>
    public string? Excerpt { get; init; }

    /// <summary>Text with token scores; null where the run has no token scores for this document.</summary>
    public HeatText? Heat { get; init; }

    /// <summary>Label tokens that the run's mask suppresses.</summary>
    public int MaskedTokens { get; init; }
}
