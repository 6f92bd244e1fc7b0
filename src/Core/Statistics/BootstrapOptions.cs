namespace Tda.Core.Statistics;

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
    public void Validate()
    {
        var errors = new List<string>();
        if (Resamples is < 0 or > 1_000_000)
        {
            errors.Add($"resamples is {Resamples}; it must be 0 to 1,000,000");
        }

        if (!(Level is > 0 and < 1))
        {
            errors.Add($"level is {Level}; it must be above 0 and below 1");
        }

        if (errors.Count > 0)
        {
            throw new UsageException("The bootstrap's options are wrong: " + string.Join("; ", errors) + ".");
        }
    }
}
