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

    /// <summary>What was explained, an answer or a set of answers each, with the documents behind it: the first so many.</summary>
    public IReadOnlyList<AnswerCard> Cards { get; init; } = [];

    /// <summary>Answers (or sets) of the run that <see cref="Cards"/> leaves out.</summary>
    public int CardsLeftOut { get; init; }

    /// <summary>How far the explanations can be trusted; null of a run without scores.</summary>
    public ReportTrust? Trust { get; init; }

    /// <summary>The answers' classes beside each other; empty with fewer than two.</summary>
    public IReadOnlyList<AnswerClass> Classes { get; init; } = [];

    /// <summary>What wasn't measured, each with the command that would measure it.</summary>
    public IReadOnlyList<OpenQuestion> Open { get; init; } = [];

    public Scorecard? Scorecard { get; init; }

    public Curve? Curve { get; init; }

    /// <summary>Curations beside their controls, over several seeds; null where none were proved.</summary>
    public PlanComparison? Plans { get; init; }

    /// <summary>What became of the answers; null where none were compared.</summary>
    public MeasurementComparison? Change { get; init; }

    /// <summary>Training examples that the curvature was averaged over: the method predicts that removal changes the loss by score / N nats.</summary>
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
/// <param name="Score">Influence on the queries, uncalibrated; positive = proponent.</param>
/// <param name="Share">Share of all positive influence, 0 to 1.</param>
public sealed record ReportDocument(int Rank, string Id, string Source, double Score, double Share)
{
    /// <summary>The name by which people know it; null where the corpus has none, or wasn't at hand.</summary>
    public string? Name { get; init; }

    /// <summary>Standard deviations above a document drawn at random from the run (<see cref="ScoreBackground.Z"/>).</summary>
    public double? Z { get; init; }

    /// <summary>95 % interval of the share over an ensemble's models, [low, high]; null for one model.</summary>
    public double[]? ShareInterval { get; init; }

    /// <summary>Change of the answer's loss if the document were removed, by the run's calibration; null without one.</summary>
    public CalibratedChange? Calibrated { get; init; }

    /// <summary>Other answers of the run that have it among their first ten (at most a quarter) too: what is behind everything explains nothing in particular.</summary>
    public int AlsoFirst { get; init; }

    /// <summary>The strongest phrases, best first; empty without token scores.</summary>
    public IReadOnlyList<Phrase> Phrases { get; init; } = [];

    /// <summary>The text around the strongest phrase, or its beginning, with token scores where there are some; null without the text.</summary>
    public HeatText? Snippet { get; init; }

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

    /// <summary>Least score of a token that was a candidate.</summary>
    public double? Tau { get; init; }

    /// <summary>Budget as a share of all label tokens.</summary>
    public double? Budget { get; init; }

    /// <summary>Masked tokens per source, largest first; empty where unknown.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> BySource { get; init; } = [];
}

/// <summary>A source's part in the influence on the queries.</summary>
/// <param name="Name">Name of the source.</param>
/// <param name="Documents">Its documents with a score.</param>
/// <param name="Score">Sum of their scores, uncalibrated.</param>
/// <param name="Share">Share of all positive influence, 0 to 1: the mean of the answers' shares.</param>
/// <param name="TopDocuments">Its documents among the top documents that the report lists.</param>
public sealed record ReportSource(string Name, long Documents, double Score, double Share, int TopDocuments)
{
    /// <summary>95 % bootstrap interval of the share over answers, [low, high]; null with fewer than five.</summary>
    public double[]? ShareInterval { get; init; }
}
