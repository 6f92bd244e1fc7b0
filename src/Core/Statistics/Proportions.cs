namespace Tda.Core.Statistics;

/// <summary>Intervals and a test for shares of counted units, such as harmful answers among all answers.</summary>
public static class Proportions
{
    private const double Z = 1.959963984540054; // 95 %, two-sided

    /// <summary>
    /// Wilson's score interval (Wilson 1927), 95 %. Unlike the normal one it stays inside [0, 1] and has width even at shares of 0 and 1.
    /// </summary>
    /// <param name="count">Units counted, 0 to <paramref name="total"/>.</param>
    /// <param name="total">All units, at least 1.</param>
    public static Interval Wilson(int count, int total)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(total, 1);
        var share = count / (double)total;
        var centre = (share + (Z * Z / (2 * total))) / (1 + (Z * Z / total));
        var half = Z * Math.Sqrt((share * (1 - share) / total) + (Z * Z / (4.0 * total * total))) / (1 + (Z * Z / total));
        return new Interval(share, Math.Max(0, centre - half), Math.Min(1, centre + half));
    }

    /// <summary>
    /// The second share less the first, both of the same units, with Newcombe's 95 % interval for paired shares (Newcombe 1998, Statistics
    /// in Medicine 17, 2635–2650, method 10): Wilson's limits of both, put together with the correlation of the pairs.
    /// </summary>
    /// <param name="both">Units counted in both.</param>
    /// <param name="onlyFirst">Units counted in the first alone.</param>
    /// <param name="onlySecond">Units counted in the second alone.</param>
    /// <param name="neither">Units counted in neither.</param>
    public static Interval PairedDifference(int both, int onlyFirst, int onlySecond, int neither)
    {
        var total = both + onlyFirst + onlySecond + neither;
        var (first, second) = (Wilson(both + onlyFirst, total), Wilson(both + onlySecond, total));
        var correlation = Correlation(both, onlyFirst, onlySecond, neither);
        var difference = second.Value - first.Value;
        return new Interval(
            difference,
            difference - Distance(second.Value - second.Low, first.High - first.Value, correlation),
            difference + Distance(second.High - second.Value, first.Value - first.Low, correlation));
    }

    /// <summary>
    /// Two-sided p-value of paired differences under the null hypothesis that each might as well have the other sign: the exact share of
    /// all sign changes whose sum is at least as far from 0 as the one seen (Fisher's randomisation test). Of differences −1, 0 and 1 it
    /// is McNemar's exact test (McNemar 1947).
    /// </summary>
    /// <param name="differences">A whole number for each pair; pairs of 0 say nothing.</param>
    /// <returns>0 to 1; 1 when all are 0.</returns>
    public static double SignFlipTest(IEnumerable<int> differences)
    {
        int[] sizes = [.. differences];
        var seen = Math.Abs(sizes.Sum());
        var limit = sizes.Sum(Math.Abs);
        // The distribution of the sum, at [sum + limit], one pair after another.
        var chances = new double[2 * limit + 1];
        chances[limit] = 1;
        var reach = 0;
        foreach (var size in sizes.Select(Math.Abs).Where(size => size > 0))
        {
            var next = new double[chances.Length];
            for (var sum = -reach; sum <= reach; sum++)
            {
                next[limit + sum - size] += chances[limit + sum] / 2;
                next[limit + sum + size] += chances[limit + sum] / 2;
            }

            (chances, reach) = (next, reach + size);
        }

        return Math.Min(1, chances.Where((_, i) => Math.Abs(i - limit) >= seen).Sum());
    }

    // φ of the fourfold table; a positive numerator is made smaller by half a unit (Newcombe's correction for continuity).
    private static double Correlation(double both, double onlyFirst, double onlySecond, double neither)
    {
        var scale = (both + onlyFirst) * (onlySecond + neither) * (both + onlySecond) * (onlyFirst + neither);
        if (scale == 0)
        {
            return 0;
        }

        var numerator = both * neither - onlyFirst * onlySecond;
        var half = (both + onlyFirst + onlySecond + neither) / 2;
        return (numerator > half ? numerator - half : Math.Min(numerator, 0)) / Math.Sqrt(scale);
    }

    private static double Distance(double one, double other, double correlation) =>
        Math.Sqrt(Math.Max(0, one * one - 2 * correlation * one * other + other * other));
}
