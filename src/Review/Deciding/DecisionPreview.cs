using Tda.Review.Attribution;

namespace Tda.Review.Deciding;

/// <summary>What a decision would change, shown before it is made.</summary>
public sealed record DecisionPreview
{
    /// <summary>What to do.</summary>
    public required ReviewVerdict Verdict { get; init; }

    /// <summary>Documents chosen.</summary>
    public required int Documents { get; init; }

    /// <summary>The corpus's documents.</summary>
    public required int CorpusDocuments { get; init; }

    /// <summary>Characters of the documents, twins among them where they follow.</summary>
    public required long Characters { get; init; }

    /// <summary>Label tokens of the documents in the run; null without one.</summary>
    public long? Tokens { get; init; }

    /// <summary>Label tokens that a mask would suppress; null where it isn't masking.</summary>
    public long? MaskedTokens { get; init; }

    /// <summary>Their share of the positive influence on the answer that is looked at; null without a run.</summary>
    public double? Share { get; init; }

    /// <summary>Near-duplicates in the corpus; null where the corpus is too large to look.</summary>
    public IReadOnlyList<PreviewedTwin>? Twins { get; init; }

    /// <summary>Whether the twins follow.</summary>
    public bool TwinsFollow { get; init; }

    /// <summary>Works out what a decision would change.</summary>
    /// <param name="draft">The form, without errors.</param>
    /// <param name="corpus">The documents' corpus.</param>
    /// <param name="chosen">The documents chosen.</param>
    /// <param name="twins">Their near-duplicates; null where the corpus is too large to look.</param>
    /// <param name="run">The run that is looked at, and its row; null: none.</param>
    public static DecisionPreview Of(
        DecisionDraft draft, Corpus corpus, IReadOnlyCollection<Document> chosen, IReadOnlyList<(Document Twin, string Of, double Similarity)>? twins,
        (OpenedRun Run, int Row)? run)
    {
        Document[] all = [.. chosen, .. draft.Twins ? twins?.Select(twin => twin.Twin) ?? [] : []];
        HashSet<string> ids = [.. all.Select(document => document.Id)];
        return new()
        {
            Verdict = draft.Verdict!.Value,
            Documents = chosen.Count,
            CorpusDocuments = corpus.Count,
            Characters = all.Sum(document => (long)document.Text.Length),
            Tokens = run?.Run.Scores.Rows.Where(row => ids.Contains(row.Id)).Sum(row => (long)row.End - row.Start),
            MaskedTokens = draft.Verdict == ReviewVerdict.Mask ? ids.Sum(id => (long)(run?.Run.MaskOf(id)?.Tokens.Length ?? 0)) : null,
            Share = run is var (of, row) ? of.Ranked(row).Where(one => ids.Contains(one.Id)).Sum(one => one.Share) : null,
            Twins = twins?.Select(twin => new PreviewedTwin(twin.Twin.Id, DocumentName.Shown(DocumentName.Of(twin.Twin), twin.Twin.Id), twin.Of, twin.Similarity)).ToList(),
            TwinsFollow = draft.Twins,
        };
    }
}

/// <summary>A near-duplicate of a document that is decided on.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Of">The document that it is most like.</param>
/// <param name="Similarity">Share of common runs of five words, 0 to 1.</param>
public sealed record PreviewedTwin(string Id, string Name, string Of, double Similarity);
