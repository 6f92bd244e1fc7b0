namespace Tda.Curation.Selection;

/// <summary>Quantile with linear interpolation between order statistics, the definition NumPy and PyTorch default to.</summary>
internal static class Quantile
{
    /// <param name="values">At least one finite value; sorted in place.</param>
    /// <param name="q">Share of the values at or below the result, 0 to 1.</param>
    public static double OfSorting(float[] values, double q)
    {
        Array.Sort(values);
        var position = q * (values.Length - 1);
        var below = (int)Math.Floor(position);
        var above = Math.Min(below + 1, values.Length - 1);
        return values[below] + (position - below) * ((double)values[above] - values[below]);
    }
}
