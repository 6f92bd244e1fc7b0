namespace Tda.Scoring.Attribution.Trust;

/// <summary>
/// Whether an ensemble agrees with itself: Spearman's correlation over documents between the mean scores of two halves of its members,
/// mean over queries and random splits. Says how much of the ranking is chance of the seeds, not whether it is right.
/// </summary>
/// <param name="HalfCorrelation">Correlation of two halves.</param>
/// <param name="Reliability">Spearman–Brown: what two whole ensembles of this size would have.</param>
/// <param name="Members">Size of the ensemble.</param>
public sealed record SplitHalf(double HalfCorrelation, double Reliability, int Members)
{
    private const int Splits = 20;

    /// <summary>Measures it.</summary>
    /// <param name="members">Scores of at least two members.</param>
    /// <param name="seed">Of the splits.</param>
    /// <exception cref="UsageException">Fewer than two members.</exception>
    public static SplitHalf Of(IReadOnlyList<ScoreMatrix> members, long seed = 0)
    {
        if (members.Count < 2)
        {
            throw new UsageException("Split-half consistency needs at least two members.");
        }

        var half = members.Count / 2;
        var random = new SplitMix64(SplitMix64.SequenceSeed(seed, 0));
        var correlations = new List<double>();
        for (var split = 0; split < Splits; split++)
        {
            var order = random.Permutation(members.Count);
            var first = EnsembleSpread.Mean([.. order.Take(half).Select(i => members[i])]);
            var second = EnsembleSpread.Mean([.. order.Skip(half).Take(half).Select(i => members[i])]);
            for (var q = 0; q < first.Targets; q++)
            {
                var correlation = Spearman(first, second, q, Enumerable.Range(0, first.Documents));
                if (!double.IsNaN(correlation))
                {
                    correlations.Add(correlation);
                }
            }
        }
        var r = correlations.Count == 0 ? double.NaN : correlations.Average();
        return new SplitHalf(r, Correlation.SpearmanBrown(r, members.Count / (double)half), members.Count);
    }

    /// <summary>Rank correlation of two matrices' scores for a target, over those of some documents that neither has set apart.</summary>
    internal static double Spearman(ScoreMatrix first, ScoreMatrix second, int target, IEnumerable<int> documents)
    {
        int[] both = [.. documents.Where(d => !float.IsNaN(first[target, d]) && !float.IsNaN(second[target, d]))];
        return Correlation.Spearman([.. both.Select(d => (double)first[target, d])], [.. both.Select(d => (double)second[target, d])]);
    }
}
