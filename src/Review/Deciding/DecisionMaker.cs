using Tda.Review.Accounts;
using Tda.Review.Attribution;

namespace Tda.Review.Deciding;

/// <summary>Makes decisions of a form that was sent.</summary>
internal static class DecisionMaker
{
    /// <summary>The decisions of one act: on the exchange, if one is looked at, and on every document chosen.</summary>
    /// <param name="draft">The form, without errors.</param>
    /// <param name="user">Who decides.</param>
    /// <param name="now">When.</param>
    /// <param name="exchange">The exchange that is looked at; null on a document's own page.</param>
    /// <param name="adjudicates">Subjects on which reviewers disagree, or that were escalated: an adjudicator's word ends that.</param>
    /// <param name="corpus">The documents' corpus; null where none is at hand, and then there may be no documents.</param>
    /// <param name="run">Where masks come from; null: there are none.</param>
    /// <param name="documents">The documents, twins among them.</param>
    /// <exception cref="UsageException">A document can't be masked: the run has no mask for it, and no token scores.</exception>
    public static IReadOnlyList<ReviewDecision> Make(
        DecisionDraft draft, DeskUser user, DateTimeOffset now, Exchange? exchange, IReadOnlySet<ReviewSubject> adjudicates, Corpus? corpus, OpenedRun? run,
        IReadOnlyDictionary<string, Document> documents)
    {
        List<ReviewDecision> decisions = [];
        if (exchange is not null)
        {
            decisions.Add(Of(ReviewSubject.Exchange(exchange.Id), exchange.ResponseBody.Sha256));
        }

        foreach (var document in documents.Values.OrderBy(document => document.Id, StringComparer.Ordinal))
        {
            var decision = Of(ReviewSubject.Document(document.Id), corpus!.ContentHash) with { Corpus = corpus.Name, Exchange = exchange?.Id };
            if (draft.Verdict == ReviewVerdict.Mask)
            {
                var mask = run?.MaskOf(document.Id) ?? throw new UsageException(
                    $"Document {document.Id} has no token mask{(run is null ? "" : $" in run {run.Id}")}: tda guide makes masks. Drop or down-weight it instead, or choose others.");
                decision = decision with { Tokens = mask.Tokens, Spans = mask.Spans };
            }

            decisions.Add(decision);
        }

        return decisions;

        ReviewDecision Of(ReviewSubject subject, string version) => new()
        {
            Act = draft.Act,
            At = ExchangeTime.Normalise(now),
            By = user.Name,
            Subject = subject,
            Verdict = draft.Verdict!.Value,
            Version = version,
            Run = run?.Id,
            Reason = draft.Reason,
            Note = draft.Note,
            Weight = draft.Verdict == ReviewVerdict.Weight ? draft.Weight : null,
            Adjudicates = user.May(ReviewRole.Adjudicator) && adjudicates.Contains(subject),
        };
    }
}
