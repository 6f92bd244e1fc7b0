namespace Tda.Core.Statistics;

/// <summary>The median.</summary>
public static class Median
{
    /// <summary>The value in the middle, or the mean of the two there; NaN of no values.</summary>
    public static double Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
