using Tda.Scoring.Curvature.Solvers;

namespace Tda.Scoring.Curvature;

/// <summary>How methods that invert the whole Gauss-Newton matrix go about it.</summary>
public sealed record CurvatureOptions
{
    /// <summary>
    /// λ itself, above 0, for every method with a curvature. Null (default): damping factor × trace(G)/D for explicit, cg, lissa, arnoldi
    /// and astra; damping factor × the module's mean eigenvalue for kfac, ekfac and datainf.
    /// </summary>
    public double? AbsoluteDamping { get; init; }

    /// <summary>Random vectors that trace(G) is estimated with; exact for models of no more weights. 1 to 10,000; default 16.</summary>
    public int TraceProbes { get; init; } = 16;

    /// <summary>
    /// Most tracked weights that <c>explicit</c> accepts: their square is held twice in float64. 1 to 100,000; default 8,192 (1 GiB).
    /// </summary>
    public long MaxDimension { get; init; } = 8_192;

    /// <summary>For <c>cg</c>.</summary>
    public CgOptions Cg { get; init; } = new();

    /// <summary>For <c>astra-cg</c>: 20 iterations, as published, or a relative residual of 1e-3.</summary>
    public CgOptions AstraCg { get; init; } = new() { Iterations = 20, Tolerance = 1e-3 };

    /// <summary>For <c>lissa</c>.</summary>
    public LissaOptions Lissa { get; init; } = new();

    /// <summary>For <c>arnoldi</c>.</summary>
    public ArnoldiOptions Arnoldi { get; init; } = new();

    /// <summary>For <c>astra</c>.</summary>
    public AstraOptions Astra { get; init; } = new();

    internal IEnumerable<string> Errors() => new OptionChecks()
        .Above("absolute damping", AbsoluteDamping, 0)
        .Between("trace probes", TraceProbes, 1, 10_000)
        .Between("largest dimension", MaxDimension, 1, 100_000)
        .With(Cg.Errors()).With(AstraCg.Errors()).With(Lissa.Errors()).With(Arnoldi.Errors()).With(Astra.Errors()).Errors;
}
