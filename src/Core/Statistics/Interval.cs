namespace Tda.Core.Statistics;

/// <summary>A figure with its bootstrap interval. Low and high are NaN where it could not be resampled.</summary>
/// <param name="Value">The figure.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public sealed record Interval(double Value, double Low, double High)
{
    /// <summary>As in <c>0.431 [0.402, 0.455]</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Value:F3} [{Low:F3}, {High:F3}]");
}
