namespace Tda.Core.Statistics;

/// <summary>
/// Percentile bootstrap (Efron 1979): the statistic is computed anew on units drawn with replacement. Where a figure varies along
/// several axes (subsets and queries), the statistic draws from each; its draws are a function of the seed alone.
/// </summary>
public static class Bootstrap
{
    /// <summary>The interval of a statistic.</summary>
    /// <param name="value">The statistic on the data as it is.</param>
    /// <param name="options">How many resamples, and the seed.</param>
    /// <param name="statistic">
    /// The statistic on a resample: it is given a function that draws n indices below n with replacement. Resamples on which it is
    /// not finite (a class is missing, all ranks tie) are left out.
    /// </param>
    public static Interval Of(double value, BootstrapOptions options, Func<Func<int, int[]>, double> statistic)
    {
        options.Validate();
        var random = SplitMix64.Of(options.Seed);
        var values = new List<double>(options.Resamples);
        for (var i = 0; i < options.Resamples; i++)
        {
            var resampled = statistic(Draw);
            if (double.IsFinite(resampled))
            {
                values.Add(resampled);
            }
        }
        values.Sort();
        return new Interval(value, At(values, (1 - options.Level) / 2), At(values, (1 + options.Level) / 2));

        int[] Draw(int count)
        {
            var drawn = new int[count];
            for (var i = 0; i < count; i++)
            {
                drawn[i] = random.NextInt(count);
            }

            return drawn;
        }
    }

    /// <summary>The interval of a mean over units.</summary>
    public static Interval OfMean(IReadOnlyList<double> values, BootstrapOptions options) => values.Count == 0
        ? new Interval(double.NaN, double.NaN, double.NaN)
        : Of(values.Average(), options, draw => draw(values.Count).Average(i => values[i]));

    // Linear interpolation between order statistics, as NumPy's quantile does.
    private static double At(List<double> sorted, double share)
    {
        if (sorted.Count == 0)
        {
            return double.NaN;
        }

        var place = share * (sorted.Count - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}

/// <summary>How intervals are made.</summary>
public sealed record BootstrapOptions
{
    /// <summary>Resamples, 0 (no interval) to 1,000,000. Default 1,000.</summary>
    public int Resamples { get; init; } = 1000;

    /// <summary>Share of resamples inside the interval, above 0 and below 1. Default .95.</summary>
    public double Level { get; init; } = .95;

    /// <summary>Seed of the resamples. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="UsageException">One or more options are out of range; the message names all of them.</exception>
    public void Validate() =>
        new OptionChecks()
            .Between("resamples", Resamples, 0, 1_000_000)
            .Require(Level is > 0 and < 1, "level", Level, "above 0 and below 1")
            .Throw("The bootstrap's");
}

/// <summary>A figure with its bootstrap interval. Low and high are NaN where it could not be resampled.</summary>
/// <param name="Value">The figure.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public sealed record Interval(double Value, double Low, double High)
{
    /// <summary>As in <c>0.431 [0.402, 0.455]</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Value:F3} [{Low:F3}, {High:F3}]");
}
