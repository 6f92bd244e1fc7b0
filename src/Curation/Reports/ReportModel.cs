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
