namespace Tda.Evaluation.Lds;

/// <summary>How the linear datamodelling score is graded.</summary>
public sealed record LdsOptions
{
    /// <summary>Interval over subsets and queries.</summary>
    public BootstrapOptions Bootstrap { get; init; } = new();

    /// <summary>Random splits of the retrainings in halves for the noise ceiling, 1 to 10,000. Default 20.</summary>
    public int Splits { get; init; } = 20;

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="UsageException">An option is out of range.</exception>
    public void Validate()
    {
        Bootstrap.Validate();
        if (Splits is < 1 or > 10_000)
        {
            throw new UsageException($"The number of splits is {Splits}; it must be 1 to 10,000.");
        }
    }
}
