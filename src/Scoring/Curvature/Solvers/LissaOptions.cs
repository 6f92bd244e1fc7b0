namespace Tda.Scoring.Curvature.Solvers;

/// <summary>How LiSSA iterates.</summary>
public sealed record LissaOptions
{
    /// <summary>Steps. 1 to 1,000,000; default 1,000.</summary>
    public int Steps { get; init; } = 1_000;

    /// <summary>Sequences a step; 0: all. Default 256.</summary>
    public int BatchRows { get; init; } = 256;

    /// <summary>Scale as a multiple of the largest eigenvalue found by power iteration. 1 to 1,000; default 1.5.</summary>
    public double ScaleMargin { get; init; } = 1.5;

    /// <summary>Steps of the power iteration. 1 to 1,000; default 20.</summary>
    public int PowerIterations { get; init; } = 20;

    /// <summary>Relative residual above which a query is told as not converged. Above 0; default 0.1.</summary>
    public double Tolerance { get; init; } = 0.1;

    internal IEnumerable<string> Errors()
    {
        if (Steps is < 1 or > 1_000_000)
        {
            yield return $"LiSSA steps is {Steps}; it must be between 1 and 1000000";
        }

        if (BatchRows < 0)
        {
            yield return $"LiSSA batch rows is {BatchRows}; it must be 0 (all) or more";
        }

        if (!(ScaleMargin is >= 1 and <= 1_000))
        {
            yield return $"LiSSA scale margin is {ScaleMargin}; it must be between 1 and 1000";
        }

        if (PowerIterations is < 1 or > 1_000)
        {
            yield return $"LiSSA power iterations is {PowerIterations}; it must be between 1 and 1000";
        }

        if (!(Tolerance > 0))
        {
            yield return $"LiSSA tolerance is {Tolerance}; it must be above 0";
        }
    }
}
