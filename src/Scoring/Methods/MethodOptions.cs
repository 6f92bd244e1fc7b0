using Tda.Scoring.Methods.Losses;
using Tda.Scoring.Methods.Measured;
using Tda.Scoring.Methods.Projected;
using Tda.Scoring.Methods.Trajectory;
using Tda.Scoring.Replay;

namespace Tda.Scoring.Methods;

/// <summary>What attribution methods can be told.</summary>
public sealed record MethodOptions
{
    /// <summary>λ of a module as a multiple of its mean eigenvalue, above 0 to 1e6. Default 0.1.</summary>
    public double DampingFactor { get; init; } = 0.1;

    /// <summary>
    /// Keep only this many factors of every preconditioned query gradient; 0 (default) keeps all. For methods that are linear in the
    /// gradient.
    /// </summary>
    public int QueryRank { get; init; }

    /// <summary>Whether the EOS after a completion carries loss. Default false.</summary>
    public bool IncludeEnd { get; init; }

    /// <summary>Query gradients held at a time, in elements, at least 1. Default 2²⁷ (512 MiB of float32).</summary>
    public long QueryElements { get; init; } = 1L << 27;

    /// <summary>BM25's constants.</summary>
    public Lexical.Bm25Options Bm25 { get; init; } = new();

    /// <summary>What <c>ngram</c> counts.</summary>
    public Lexical.NgramOptions Ngram { get; init; } = new();

    /// <summary>What <c>fused</c> fuses.</summary>
    public Lexical.FusionOptions Fusion { get; init; } = new();

    /// <summary>How training is unrolled: source, source-adam, astra-source.</summary>
    public SourceOptions Source { get; init; } = new();

    /// <summary>How a training is replayed.</summary>
    public ReplayOptions Replay { get; init; } = new();

    /// <summary>Methods on projected gradients: logra, logra-pca, lorif, trackstar, trak.</summary>
    public ProjectedOptions Projected { get; init; } = new();

    /// <summary>Loss covariance over perturbed models.</summary>
    public PerturbationOptions Perturbation { get; init; } = new();

    /// <summary>How methods that invert the whole curvature go about it.</summary>
    public CurvatureOptions Curvature { get; init; } = new();

    /// <summary>The stages of a cascade.</summary>
    public CascadeOptions Cascade { get; init; } = new();

    /// <summary>What <c>datamodel</c> is fitted on, and how.</summary>
    public DatamodelOptions Datamodel { get; init; } = new();

    /// <summary>Damping of a curvature by module.</summary>
    internal Damping Damping => new(DampingFactor, Curvature.AbsoluteDamping);

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="UsageException">One or more options are out of range; the message names all of them.</exception>
    public void Validate() => new OptionChecks()
        .Require(DampingFactor is > 0 and <= 1e6, "damping factor", DampingFactor, "above 0 and at most 1e6")
        .AtLeast("query rank (0: full)", QueryRank, 0)
        .AtLeast("query elements", QueryElements, 1)
        .With([
            .. Curvature.Errors(), .. Source.Errors(), .. Replay.Errors(), .. Projected.Errors(), .. Perturbation.Errors(), .. Bm25.Errors(), .. Ngram.Errors(),
            .. Fusion.Errors(), .. Cascade.Errors(), .. Datamodel.Errors(),
        ])
        .Throw("The method's");
}
