namespace Tda.ProxyTrainer.Distillation;

/// <summary>
/// Bootstrap intervals of a surrogate's fidelity: answers are drawn with replacement, since tokens of one answer aren't independent of each other.
/// A figure that its resamples don't give is null.
/// </summary>
public sealed record FidelityIntervals
{
    /// <summary>Share of the resamples inside an interval.</summary>
    public double Level { get; init; }

    /// <summary>Of <see cref="FidelityResult.NatsPerToken"/>.</summary>
    public Interval? NatsPerToken { get; init; }

    /// <summary>Of <see cref="FidelityResult.NatsPerCharacter"/>.</summary>
    public Interval? NatsPerCharacter { get; init; }

    /// <summary>Of <see cref="FidelityResult.NatsPerByte"/>.</summary>
    public Interval? NatsPerByte { get; init; }

    /// <summary>Of <see cref="FidelityResult.RankCorrelation"/>.</summary>
    public Interval? RankCorrelation { get; init; }

    /// <summary>Of <see cref="FidelityResult.KlPerRun"/>.</summary>
    public Interval? KlPerRun { get; init; }

    /// <summary>Of <see cref="FidelityResult.TopAgreement"/>.</summary>
    public Interval? TopAgreement { get; init; }

    /// <summary>The interval of a ratio of two sums over answers; null without anything to divide by.</summary>
    internal static Interval? OfRatio(IReadOnlyList<double> above, IReadOnlyList<double> below, BootstrapOptions options) =>
        below.Sum() is > 0 and var whole
            ? Told(Bootstrap.Of(above.Sum() / whole, options, draw =>
            {
                var (numerator, denominator) = (0.0, 0.0);
                foreach (var i in draw(above.Count))
                {
                    numerator += above[i];
                    denominator += below[i];
                }

                return numerator / denominator;
            }))
            : null;

    /// <summary>The interval of a rank correlation over answers; null where it has none.</summary>
    internal static Interval? OfSpearman(double[] x, double[] y, BootstrapOptions options) =>
        x.Length >= 3 && Correlation.Spearman(x, y) is var whole && double.IsFinite(whole)
            ? Told(Bootstrap.Of(whole, options, draw =>
            {
                var drawn = draw(x.Length);
                return Correlation.Spearman([.. drawn.Select(i => x[i])], [.. drawn.Select(i => y[i])]);
            }))
            : null;

    private static Interval? Told(Interval interval) => double.IsFinite(interval.Low) && double.IsFinite(interval.High) ? interval : null;
}
