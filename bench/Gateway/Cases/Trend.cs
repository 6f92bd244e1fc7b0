namespace Tda.Bench.Gateway.Cases;

/// <summary>A line through samples by least squares.</summary>
/// <param name="PerHour">Its slope.</param>
/// <param name="Mean">The samples' mean.</param>
/// <param name="Growth">How much of the mean the line gains over the samples' time.</param>
internal sealed record Trend(double PerHour, double Mean, double Growth)
{
    public static Trend Of(IReadOnlyList<(double Second, double Value)> samples)
    {
        double meanTime = samples.Average(s => s.Second), mean = samples.Average(s => s.Value);
        var spread = samples.Sum(s => (s.Second - meanTime) * (s.Second - meanTime));
        var slope = samples.Sum(s => (s.Second - meanTime) * (s.Value - mean)) / spread;
        return new(slope * 3600, mean, slope * (samples[^1].Second - samples[0].Second) / mean);
    }
}
