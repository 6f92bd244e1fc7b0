using Tda.Curation.Ledger;

namespace Tda.Curation.Plans;

/// <summary>What a curation did or would do, stage by stage: <c>curation.json</c> of a curated corpus.</summary>
public sealed record CurationSummary
{
    public const string FormatName = "tda.curation";

    public const int CurrentVersion = 1;

    public const string FileName = "curation.json";

    public string Format { get; init; } = FormatName;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>Name of the corpus that was curated.</summary>
    public required string Corpus { get; init; }

    /// <summary>Its content hash.</summary>
    public required string ContentHash { get; init; }

    /// <summary>Documents before the first stage.</summary>
    public required int Documents { get; init; }

    /// <summary>Their words; a word is a run of characters without white space.</summary>
    public required long Words { get; init; }

    /// <summary>Documents after the last stage.</summary>
    public required int DocumentsLeft { get; init; }

    /// <summary>Their words.</summary>
    public required long WordsLeft { get; init; }

    /// <summary>Documents left out.</summary>
    public required int Dropped { get; init; }

    /// <summary>Documents that stay with a mask.</summary>
    public required int Masked { get; init; }

    /// <summary>Their masked label tokens.</summary>
    public required long MaskedTokens { get; init; }

    /// <summary>Documents that stay with a weight.</summary>
    public required int Weighed { get; init; }

    /// <summary>Documents that a reviewer decided on.</summary>
    public required int Overridden { get; init; }

    /// <summary>What came of the decisions that stand in a store; null where none were asked for.</summary>
    public DecisionsSummary? Decisions { get; init; }

    /// <summary>The stages in order; the reviewers' decisions stand before them as stage 0 where there are any.</summary>
    public required IReadOnlyList<StageSummary> Stages { get; init; }

    /// <summary>What becomes of each source's documents, by name.</summary>
    public required IReadOnlyList<SourceSummary> Sources { get; init; }

    /// <summary>What one should know before trusting it, a sentence each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <exception cref="BadInputException">Not such a file, or of a newer version.</exception>
    public static CurationSummary Read(string path) =>
        Measures.MeasureFile.Read<CurationSummary>(path, FormatName, CurrentVersion, summary => (summary.Format, summary.Version));
}

/// <summary>What one stage did.</summary>
/// <param name="Stage">Its number, from 1; 0 for the reviewers.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Rule">What it does, in words.</param>
public sealed record StageSummary(int Stage, string Kind, string Rule)
{
    /// <summary>Documents that it was given.</summary>
    public required int Documents { get; init; }

    /// <summary>Documents that it left.</summary>
    public required int DocumentsLeft { get; init; }

    /// <summary>Words that it was given.</summary>
    public required long Words { get; init; }

    /// <summary>Words that it left.</summary>
    public required long WordsLeft { get; init; }

    /// <summary>What it decided, and how often; most often first.</summary>
    public required IReadOnlyList<ReasonSummary> Reasons { get; init; }

    /// <summary>What it rests on besides the documents: name → SHA-256.</summary>
    public required IReadOnlyDictionary<string, string> Inputs { get; init; }
}

/// <summary>One reason of a stage.</summary>
/// <param name="Action">drop, mask, weight, or keep where a reviewer stood above the stage.</param>
/// <param name="Reason">Its short name; the stage's kind where it has only one.</param>
/// <param name="Documents">Documents that it was decided on for.</param>
/// <param name="Words">Their words.</param>
public sealed record ReasonSummary(string Action, string Reason, int Documents, long Words);

/// <summary>What becomes of a source's documents.</summary>
/// <param name="Source">The source.</param>
/// <param name="Documents">Its documents before.</param>
/// <param name="Dropped">Left out.</param>
/// <param name="Masked">Stay with a mask.</param>
/// <param name="MaskedTokens">Masked label tokens.</param>
/// <param name="Weighed">Stay with a weight.</param>
public sealed record SourceSummary(string Source, int Documents, int Dropped, int Masked, long MaskedTokens, int Weighed);
