namespace Tda.Evaluation.Lds;

/// <summary>
/// Spearman's correlation of resampled pairs without sorting again: values become their dense levels once, and the mean ranks of a
/// resample follow from counting levels. Linear in the size of the sample.
/// </summary>
internal sealed class RankedPairs
{
    private readonly int[] _x;
    private readonly int[] _y;
    private readonly double[] _xRanks;
    private readonly double[] _yRanks;

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
