namespace Tda.Core.Statistics;

/// <summary>Measures of a ranking by score, highest first. Ties count half or keep the given order, as each says.</summary>
public static class Ranking
{
    /// <summary>
    /// Area under the ROC curve: the chance that a positive scores above a negative, ties counting half. NaN when one class is missing.
    /// </summary>
    public static double Auroc(IReadOnlyList<double> scores, IReadOnlyList<bool> positive)
    {
        CheckLengths(scores.Count, positive.Count);
        var ranks = Correlation.Ranks(scores);
        long p = positive.Count(isPositive => isPositive);
        var n = positive.Count - p;
        var sum = ranks.Where((_, i) => positive[i]).Sum();
        return p == 0 || n == 0 ? double.NaN : (sum - p * (p + 1) / 2.0) / ((double)p * n);
    }

    /// <summary>Share of positives among the k highest scores (fewer when there are fewer); ties keep the given order.</summary>
    public static double PrecisionAt(int k, IReadOnlyList<double> scores, IReadOnlyList<bool> positive)
    {
        var top = Top(k, scores, positive);
        return top.Count == 0 ? double.NaN : top.Count(p => p) / (double)top.Count;
    }

    /// <summary>Share of all positives that are among the k highest scores; NaN when there is none.</summary>
    public static double RecallAt(int k, IReadOnlyList<double> scores, IReadOnlyList<bool> positive)
    {
        var all = positive.Count(p => p);
        return all == 0 ? double.NaN : Top(k, scores, positive).Count(p => p) / (double)all;
    }

    /// <summary>Among the k highest scores, the share that comes from one source.</summary>
    public static double SourcePrecisionAt(int k, IReadOnlyList<double> scores, IReadOnlyList<string> sources, string source) =>
        PrecisionAt(k, scores, [.. sources.Select(s => s == source)]);

    private static List<bool> Top(int k, IReadOnlyList<double> scores, IReadOnlyList<bool> positive)
    {
        CheckLengths(scores.Count, positive.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        return [.. Enumerable.Range(0, scores.Count).OrderByDescending(i => scores[i]).Take(k).Select(i => positive[i])];
    }

    private static void CheckLengths(int scores, int labels)
    {
        if (scores != labels)
        {
            throw new ArgumentException($"{scores} scores but {labels} labels");
        }
    }
}
