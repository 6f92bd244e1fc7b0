using Tda.Scoring.Methods.Measured;

namespace Tda.Evaluation.Banks;

/// <summary>The subsets to retrain on after some were measured: halves chosen where the ranking is widest (<see cref="SubsetChooser"/>).</summary>
public static class AdaptivePlan
{
    /// <summary>Chooses them: a function of what was measured and the seed.</summary>
    /// <param name="measured">The bank so far.</param>
    /// <param name="subsets">How many to choose, at least 1.</param>
    /// <param name="seeds">Models a subset.</param>
    /// <param name="top">The ranking's first documents, whose border is to become sure.</param>
    /// <param name="seed">Draws the candidates.</param>
    /// <param name="cancellation">Stops between subsets.</param>
    /// <exception cref="UsageException">No query's loss changes, so that nothing says where to look.</exception>
    public static BankPlan Of(
        RetrainingOutcomes measured, int subsets, int seeds, int top, long seed, CancellationToken cancellation = default)
    {
        var losses = MeasuredLosses.Of(measured, [.. Enumerable.Range(0, measured.Queries.Count).Select(q => new[] { q })]);
        var constant = losses.Constant.ToHashSet();
        double[][] varying = [.. losses.Losses.Where((_, q) => !constant.Contains(q))];
        if (varying.Length == 0)
        {
            throw new UsageException("No query's loss differs between the subsets measured: there is nothing to choose by.");
        }

        // A stream of its own: candidates must not be the random halves of the same seed over again.
        var stream = unchecked((long)SplitMix64.Hash((ulong)seed));
        var design = new InclusionDesign(losses.Kept);
        var posterior = DatamodelPosterior.Fit(design, varying, [.. varying.Select(_ => Array.Empty<double[]>())]);
        var weights = SubsetChooser.RankingWeights([.. varying.Select((_, q) => posterior.Of(q))], top);
        var kept = new SubsetChooser(design, posterior.Rho).Choose(subsets, weights, stream, cancellation: cancellation);
        return new BankPlan(BankKind.AdaptiveHalves, measured.Documents, measured.Queries, kept, seeds);
    }
}
