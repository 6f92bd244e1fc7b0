namespace Tda.Scoring.Curvature.Solvers;

/// <summary>When conjugate gradients stop.</summary>
public sealed record CgOptions
{
    /// <summary>Most iterations, each one product with G over all sequences. 1 to 100,000; default 100.</summary>
    public int Iterations { get; init; } = 100;

    /// <summary>Relative residual at which a query is done. 0 (never) up to 1; default 1e-5.</summary>
    public double Tolerance { get; init; } = 1e-5;

    internal IEnumerable<string> Errors()
    {
        if (Iterations is < 1 or > 100_000)
        {
            yield return $"CG iterations is {Iterations}; it must be between 1 and 100000";
        }

        if (!(Tolerance is >= 0 and < 1))
        {
            yield return $"CG tolerance is {Tolerance}; it must be at least 0 and below 1";
        }
    }
}
