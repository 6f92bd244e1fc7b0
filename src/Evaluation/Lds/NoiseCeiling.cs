namespace Tda.Evaluation.Lds;

/// <summary>
/// How much of the measured losses is signal: retrainings on the same subset differ by their seeds. The best LDS that scores can reach
/// is about <see cref="Ceiling"/>, not 1.
/// </summary>
/// <param name="HalfCorrelation">
/// r: Spearman's correlation over subsets between the mean losses of two disjoint groups of ⌊R/2⌋ retrainings; mean over random
/// splits and queries.
/// </param>
/// <param name="Reliability">
/// Spearman–Brown: the correlation that two independent sets of R retrainings would have, <c>kr/(1+(k−1)r)</c>, k = R/⌊R/2⌋.
/// </param>
/// <param name="Ceiling">
/// √<see cref="Reliability"/>: the correlation of a perfect prediction of the expected loss with the mean of R retrainings. NaN where
/// r is not positive.
/// </param>
public sealed record NoiseCeiling(double HalfCorrelation, double Reliability, double Ceiling)
{
    /// <summary>Random splits of the retrainings.</summary>
    private const int Splits = 20;

    /// <summary>The bank's noise ceiling by split halves; null with a single retraining a subset.</summary>
    /// <param name="outcomes">The bank.</param>
    /// <param name="seed">Of the splits.</param>
    public static NoiseCeiling? Of(RetrainingOutcomes outcomes, long seed = 0)
    {
        var retrainings = outcomes.Losses.Min(l => l.Length);
        var half = retrainings / 2;
        if (half == 0)
        {
            return null;
        }

        var random = new SplitMix64(new SplitMix64(unchecked((ulong)seed)).Next());
        var correlations = new List<double>();
        for (var split = 0; split < Splits; split++)
        {
            // A split of its own for every subset: retraining r of two subsets may share its seed, and so part of its noise.
            var orders = outcomes.Losses.Select(_ => random.Permutation(retrainings)).ToArray();
            for (var q = 0; q < outcomes.Queries.Count; q++)
            {
                var first = outcomes.Losses.Select((l, m) => orders[m].Take(half).Average(r => l[r][q])).ToArray();
                var second = outcomes.Losses.Select((l, m) => orders[m].Skip(half).Take(half).Average(r => l[r][q])).ToArray();
                var correlation = Correlation.Spearman(first, second);
                if (!double.IsNaN(correlation))
                {
                    correlations.Add(correlation);
                }
            }
        }
        if (correlations.Count == 0)
        {
            return null;
        }

        var r = correlations.Average();
        var reliability = Correlation.SpearmanBrown(r, retrainings / (double)half);
        return new NoiseCeiling(r, reliability, reliability > 0 ? Math.Sqrt(reliability) : double.NaN);
    }
}
