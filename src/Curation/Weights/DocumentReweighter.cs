using Tda.Curation.Ledger;
using Tda.Curation.Selection;

namespace Tda.Curation.Weights;

/// <summary>
/// Turns scores into training weights, w = exp(−score / scale), at most 1: proponents of the queries weigh less, and no document more.
/// The scale is a quantile of the absolute scores, since the unit of influence depends on model and corpus.
/// </summary>
public static class DocumentReweighter
{
    private const double ScaleQuantile = .95;

    /// <summary>Decisions on the documents whose weight isn't 1, in the order of their scores.</summary>
    /// <exception cref="BadInputException">There are no documents, a score isn't finite, or nearly all are 0.</exception>
    public static IReadOnlyList<Decision> Weigh(IReadOnlyList<CandidateDocument> candidates)
    {
        var ranked = CandidateDocument.Ranked(candidates);
        var scale = Quantile.OfSorting([.. ranked.Select(c => (float)Math.Abs(c.Score))], ScaleQuantile);
        if (!(scale > 0))
        {
            throw new BadInputException("document scores", $"the {ScaleQuantile} quantile of |score| is 0: there is no unit to weigh by");
        }

        var rule = string.Create(CultureInfo.InvariantCulture, $"weight: exponential, scale {scale} nats × N, clipped to 0 to 1");
        return
        [
            .. ranked
                .Select(c => new Decision(c.Id, CurationAction.Weight, rule)
                {
                    Value = c.Score,
                    Threshold = scale,
                    Weight = Math.Min(Math.Exp(-c.Score / scale), 1),
                })
                .Where(d => d.Weight != 1)
        ];
    }
}
