using Tda.Curation.Measures;

namespace Tda.Curation.Reports;

/// <summary>
/// All that report.html shows, and nothing computed later: serialisable, so that the same report can be rendered again.
/// Parts that a run does not have are null or empty; the page then says what is missing and how to get it.
/// </summary>
public sealed record ReportModel
{
    public string Format { get; init; } = ReportWriter.FormatName;

    public int Version { get; init; } = ReportWriter.FormatVersion;

    public required string RunId { get; init; }

    public required string Title { get; init; }

    /// <summary>What the report is about, in one or two sentences; plain text.</summary>
    public string? Summary { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string ProgramVersion { get; init; }

    public Scorecard? Scorecard { get; init; }

    public Curve? Curve { get; init; }

    /// <summary>What became of the answers; null where none were compared.</summary>
    public MeasurementComparison? Change { get; init; }

    /// <summary>Training examples that the curvature was averaged over: removing a document changes the loss by about score / N nats.</summary>
    public long? N { get; init; }

    /// <summary>The source known to be harmful, where one is: marked among the sources.</summary>
    public string? HarmfulSource { get; init; }

    /// <summary>Sources, largest share of positive influence first.</summary>
    public IReadOnlyList<ReportSource> Sources { get; init; } = [];

    /// <summary>The top documents, best first.</summary>
    public IReadOnlyList<ReportDocument> Documents { get; init; } = [];

    /// <summary>Documents with a score, of which <see cref="Documents"/> shows the first.</summary>
    public long DocumentsScored { get; init; }

    /// <summary>Responses that were explained.</summary>
    public long Queries { get; init; }

    public ReportMask? Mask { get; init; }

    public IReadOnlyList<AnswerPair> Answers { get; init; } = [];

    public required Provenance Provenance { get; init; }
}

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

/// <summary>A source's part in the influence on the queries.</summary>
/// <param name="Name">Name of the source.</param>
/// <param name="Documents">Its documents with a score.</param>
/// <param name="Score">Sum of their scores, in nats × N.</param>
/// <param name="Share">Share of all positive influence, 0 to 1.</param>
/// <param name="TopDocuments">Its documents among the top documents that the report lists.</param>
public sealed record ReportSource(string Name, long Documents, double Score, double Share, int TopDocuments);
