namespace Tda.Scoring.Curvature.Solvers;

/// <summary>How ASTRA iterates.</summary>
public sealed record AstraOptions
{
    /// <summary>Iterations. 1 to 100,000; default 200.</summary>
    public int Iterations { get; init; } = 200;

    /// <summary>Sequences an iteration; 0, or as many as there are: all. Default 256.</summary>
    public int BatchRows { get; init; } = 256;

    /// <summary>
    /// Step size α; null (default): one over the largest eigenvalue of <c>(P + λ)⁻¹(G + λ)</c>, half of that with
    /// mini-batches. The paper's printed α is scaled otherwise.
    /// </summary>
    public double? StepSize { get; init; }

    /// <summary>Heavy-ball momentum, 0 to below 1; default 0.9.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Iterations after which α is halved, each time, 50 as published; 0 (default): never, the last iterates are averaged.</summary>
    public int HalveEvery { get; init; }

    /// <summary>Steps of the power iteration. 1 to 1,000; default 20.</summary>
    public int PowerIterations { get; init; } = 20;

    /// <summary>Iterations between looks at the residual when batches are smaller than the corpus. At least 1; default 10.</summary>
    public int CheckEvery { get; init; } = 10;

    /// <summary>
    /// A residual this many times the one it started from sends a query back to its best iterate, with half the α. Above 1; default 2.
    /// </summary>
    public double GrowthLimit { get; init; } = 2;

    /// <summary>Relative residual above which a query is told as not converged. Above 0; default 0.1.</summary>
    public double Tolerance { get; init; } = 0.1;

    internal IEnumerable<string> Errors()
    {
        if (Iterations is < 1 or > 100_000)
        {
            yield return $"ASTRA iterations is {Iterations}; it must be between 1 and 100000";
        }

        if (BatchRows < 0)
        {
            yield return $"ASTRA batch rows is {BatchRows}; it must be 0 (all) or more";
        }

        if (StepSize is { } step && !(step > 0 && double.IsFinite(step)))
        {
            yield return $"ASTRA step size is {step}; it must be above 0";
        }

        if (!(Momentum is >= 0 and < 1))
        {
            yield return $"ASTRA momentum is {Momentum}; it must be at least 0 and below 1";
        }

        if (HalveEvery < 0)
        {
            yield return $"ASTRA halve-every is {HalveEvery}; it must be 0 (never) or more";
        }

        if (PowerIterations is < 1 or > 1_000)
        {
            yield return $"ASTRA power iterations is {PowerIterations}; it must be between 1 and 1000";
        }

        if (CheckEvery < 1)
        {
            yield return $"ASTRA check-every is {CheckEvery}; it must be at least 1";
        }

        if (!(GrowthLimit > 1))
        {
            yield return $"ASTRA growth limit is {GrowthLimit}; it must be above 1";
        }

        if (!(Tolerance > 0))
        {
            yield return $"ASTRA tolerance is {Tolerance}; it must be above 0";
        }
    }
}
