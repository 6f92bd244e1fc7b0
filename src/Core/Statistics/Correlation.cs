namespace Tda.Core.Statistics;

/// <summary>Correlations between paired values.</summary>
public static class Correlation
{
    /// <summary>
    /// Spearman's rank correlation, ties at their mean rank. NaN when a side is constant or there are fewer than two pairs.
    /// </summary>
    public static double Spearman(IReadOnlyList<double> x, IReadOnlyList<double> y) => Pearson(Ranks(x), Ranks(y));

    /// <summary>Pearson's correlation. NaN when a side is constant or there are fewer than two pairs.</summary>
    public static double Pearson(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        if (x.Count != y.Count)
        {
            throw new ArgumentException($"{x.Count} values against {y.Count}");
        }

        if (x.Count < 2)
        {
            return double.NaN;
        }

        var (mx, my) = (x.Average(), y.Average());
        double xy = 0, xx = 0, yy = 0;
        for (var i = 0; i < x.Count; i++)
        {
            var (dx, dy) = (x[i] - mx, y[i] - my);
            xy += dx * dy;
            xx += dx * dx;
            yy += dy * dy;
        }
        return xx == 0 || yy == 0 ? double.NaN : xy / Math.Sqrt(xx * yy);
    }

    /// <summary>
    /// Spearman–Brown: the correlation of two measurements that are each <paramref name="k"/> times as long as those that correlate
    /// <paramref name="r"/>, <c>kr/(1+(k−1)r)</c>.
    /// </summary>
    public static double SpearmanBrown(double r, double k) => k * r / (1 + (k - 1) * r);

    /// <summary>Ranks from 1, ascending, ties at their mean.</summary>
    public static double[] Ranks(IReadOnlyList<double> values)
    {
        var order = Enumerable.Range(0, values.Count).OrderBy(i => values[i]).ToArray();
        var ranks = new double[values.Count];
        for (var i = 0; i < order.Length;)
        {
            var j = i;
            while (j < order.Length && values[order[j]].Equals(values[order[i]]))
            {
                j++;
            }

            for (var k = i; k < j; k++)
            {
                ranks[order[k]] = (i + 1 + j) / 2.0;
            }

            i = j;
        }
        return ranks;
    }
}

/// <summary>
/// <see cref="Correlation.Spearman"/> of resampled pairs without sorting again: values become their dense levels once, and the mean ranks of a
/// resample follow from counting levels. Linear in the size of the sample.
/// </summary>
public sealed class RankedPairs
{
    private readonly int[] _x;
    private readonly int[] _y;
    private readonly double[] _xRanks;
    private readonly double[] _yRanks;

    /// <summary>Pairs of values.</summary>
    public RankedPairs(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        if (x.Count != y.Count)
        {
            throw new ArgumentException($"{x.Count} values against {y.Count}");
        }

        (_x, var xLevels) = Levels(x);
        (_y, var yLevels) = Levels(y);
        (_xRanks, _yRanks) = (new double[xLevels], new double[yLevels]);
    }

    /// <summary>The correlation of the pairs drawn; NaN when a side is constant.</summary>
    public double Spearman(ReadOnlySpan<int> sample)
    {
        Rank(_x, _xRanks, sample);
        Rank(_y, _yRanks, sample);
        double xy = 0, xx = 0, yy = 0;
        foreach (var i in sample)
        {
            var (dx, dy) = (_xRanks[_x[i]], _yRanks[_y[i]]);
            xy += dx * dy;
            xx += dx * dx;
            yy += dy * dy;
        }
        return xx == 0 || yy == 0 ? double.NaN : xy / Math.Sqrt(xx * yy);
    }

    // Mean rank of every level, less the mean of all ranks.
    private static void Rank(int[] levels, double[] ranks, ReadOnlySpan<int> sample)
    {
        Array.Clear(ranks);
        foreach (var i in sample)
        {
            ranks[levels[i]]++;
        }

        double below = 0;
        for (var level = 0; level < ranks.Length; level++)
        {
            var count = ranks[level];
            ranks[level] = below + (count + 1) / 2 - (sample.Length + 1) / 2.0;
            below += count;
        }
    }

    private static (int[] Levels, int Count) Levels(IReadOnlyList<double> values)
    {
        var distinct = values.Distinct().Order().ToArray();
        return ([.. values.Select(v => Array.BinarySearch(distinct, v))], distinct.Length);
    }
}
