using Tda.Scoring.Capture;
using Tda.Scoring.Curvature;
using static TorchSharp.torch;

namespace Tda.Scoring.Projection;

/// <summary>(C + λI)⁻¹ on projected gradients, by module, in float64; and the same lifted to full gradients.</summary>
public sealed class LograSolver(Projector projector, IReadOnlyList<Tensor> roots, IReadOnlyList<double> damping) : IProjectedSolver
{
    /// <inheritdoc/>
    public IReadOnlyList<ModuleShape> Modules => projector.Modules;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping { get; } = damping;

    /// <summary>(C + λI)⁻¹ z for projected gradients (N, D), float64, in the caller's dispose scope.</summary>
    public Tensor Solve(Tensor projected)
    {
        using var scope = NewDisposeScope();
        return cat([.. Blocks(projected).Select((z, m) => SolveBlock(m, z))], 1).MoveToOuterDisposeScope();
    }

    /// <summary>Self-influence zᵀ(C + λI)⁻¹z of projected gradients: (N, D) to (N), float64.</summary>
    public Tensor SelfInfluence(Tensor projected)
    {
        using var scope = NewDisposeScope();
        return Solve(projected).mul(projected.to_type(ScalarType.Float64)).sum([1L]).MoveToOuterDisposeScope();
    }

    /// <summary><c>P_oᵀ [ (C + λI)⁻¹ P G ] P_i</c>: directions whose inner product with a full gradient is the LoGra score.</summary>
    public ModuleGradients Apply(ModuleGradients gradients)
    {
        using var scope = NewDisposeScope();
        var projected = projector.Project(gradients);
        return projector.Lift(Solve(projected).to_type(projected.dtype));
    }

    /// <inheritdoc/>
    public Tensor SelfInfluence(int module, Tensor gradients)
    {
        using var scope = NewDisposeScope();
        var p = projector.Projections[module];
        var z = p.Output.matmul(gradients).matmul(p.Input.transpose(0, 1)).flatten(1);
        return SolveBlock(module, z).mul(z.to_type(ScalarType.Float64)).sum([1L]).to_type(gradients.dtype).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var r in roots)
        {
            r.Dispose();
        }
    }

    private IEnumerable<Tensor> Blocks(Tensor projected)
    {
        var at = 0;
        foreach (var p in projector.Projections)
        {
            yield return projected.narrow(1, at, p.Length);
            at += p.Length;
        }
    }

    // (C + λI) = L Lᵀ: two triangular solves.
    private Tensor SolveBlock(int m, Tensor z)
    {
        var right = z.to_type(ScalarType.Float64).transpose(0, 1);
        var half = linalg.solve_triangular(roots[m], right, upper: false);
        return linalg.solve_triangular(roots[m].transpose(0, 1), half, upper: true).transpose(0, 1);
    }
}
