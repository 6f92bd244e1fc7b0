using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Projected;

/// <summary>
/// LoRIF's inverse: with the leading eigenvectors V and eigenvalues Σ² of the rows' mean outer product,
/// <c>(VΣ²Vᵀ + λI)⁻¹ = 1/λ [I − 1/λ · V(Σ⁻² + 1/λ)⁻¹Vᵀ]</c>, that is 1/λ outside V and 1/(σ² + λ) inside. λ = factor × mean eigenvalue
/// of the whole (trace/dim), as LoGra's, so that both agree at full rank.
/// </summary>
internal sealed class WoodburySolver : IFeatureSolver
{
    private readonly (Tensor Vectors, Tensor Shrink)[] _modules;
    private readonly int[] _lengths;

    /// <summary>Fits rows in memory.</summary>
    public WoodburySolver(Projector projector, FactoredStore store, ProjectedOptions options, double dampingFactor, long seed)
    {
        using var curvature = WoodburyCurvature.Fit(projector, store, options.CurvatureRank, options.PowerIterations, seed);
        (_modules, _lengths, Damping) = Damp(projector, curvature, dampingFactor);
    }

    /// <summary>Damps what was fitted before.</summary>
    public WoodburySolver(Projector projector, WoodburyCurvature curvature, double dampingFactor) =>
        (_modules, _lengths, Damping) = Damp(projector, curvature, dampingFactor);

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping { get; }

    /// <inheritdoc/>
    public Tensor Solve(Tensor features)
    {
        using var scope = NewDisposeScope();
        var at = 0;
        var blocks = new Tensor[_lengths.Length];
        for (var m = 0; m < _lengths.Length; m++)
        {
            blocks[m] = SolveBlock(m, features.narrow(1, at, _lengths[m]).to_type(ScalarType.Float64));
            at += _lengths[m];
        }
        return cat(blocks, 1).MoveToOuterDisposeScope();
    }

    /// <summary>One module's part, (n, k_o·k_i) float64.</summary>
    public Tensor SolveBlock(int m, Tensor z)
    {
        using var scope = NewDisposeScope();
        var (v, shrink) = _modules[m];
        return z.sub(z.matmul(v).mul(shrink).matmul(v.transpose(0, 1))).div(Damping[m]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (vectors, shrink) in _modules)
        {
            vectors.Dispose();
            shrink.Dispose();
        }
    }

    private static ((Tensor, Tensor)[] Modules, int[] Lengths, double[] Damping) Damp(Projector projector, WoodburyCurvature curvature, double factor)
    {
        using var scope = NewDisposeScope();
        var damping = new double[projector.Modules.Count];
        var modules = new (Tensor, Tensor)[damping.Length];
        for (var m = 0; m < damping.Length; m++)
        {
            var (vectors, squared, mean) = curvature.Of(projector, m);
            damping[m] = factor * mean;
            // (Σ⁻² + 1/λ)⁻¹/λ = σ²/(σ² + λ), which needs no reciprocal of a vanishing σ.
            modules[m] = (vectors.clone().DetachFromDisposeScope(), squared.div(squared.add(damping[m])).DetachFromDisposeScope());
        }
        return (modules, [.. projector.Projections.Select(p => p.Length)], damping);
    }
}
