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

    /// <summary>The control: the same weights, given to documents drawn at random.</summary>
    /// <param name="candidates">What the weights to match were made from, in any order.</param>
    /// <param name="weights">They, in any order; no more than candidates.</param>
    /// <param name="seed">Same seed, same candidates, same weights: same control.</param>
    public static IReadOnlyList<Decision> Random(IReadOnlyList<CandidateDocument> candidates, IReadOnlyList<double> weights, int seed)
    {
        if (weights.Count > candidates.Count)
        {
            throw new BadInputException(
                "document scores", $"{weights.Count} weights of a random control don't fit on {candidates.Count} documents");
        }

        var shuffled = candidates.OrderBy(c => c.Id, StringComparer.Ordinal).ToArray();
        SplitMix64.Of(seed).Shuffle<CandidateDocument>(shuffled);
        var rule = $"weight: random control of {weights.Count} weights, seed {seed}";
        Decision Of(CandidateDocument drawn, double weight) =>
            new(drawn.Id, CurationAction.Weight, rule) { Value = drawn.Score, Weight = weight };
        return [.. shuffled.Zip(weights.Order(), Of)];
    }
}
