using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Projected;

/// <summary>
/// LoRIF's inverse: with the leading eigenvectors V and eigenvalues Σ² of the rows' mean outer product,
/// <c>(VΣ²Vᵀ + λI)⁻¹ = 1/λ [I − 1/λ · V(Σ⁻² + 1/λ)⁻¹Vᵀ]</c>, that is 1/λ outside V and 1/(σ² + λ) inside. λ = factor × mean eigenvalue
/// of the whole (trace/dim), as LoGra's, so that both agree at full rank. On projected gradients, and lifted to full ones as
/// <see cref="LograSolver"/>.
/// </summary>
public sealed class LorifSolver : IProjectedSolver
{
    private readonly Projector _projector;
    private readonly (Tensor Vectors, Tensor Shrink)[] _modules;
    private readonly double[] _damping;

    /// <summary>Damps a fitted curvature, which may be disposed of afterwards. The projector stays the caller's.</summary>
    /// <exception cref="TdaException">Nothing reached a module.</exception>
    public LorifSolver(Projector projector, WoodburyCurvature curvature, double dampingFactor)
    {
        using var scope = NewDisposeScope();
        (_projector, _damping) = (projector, new double[projector.Modules.Count]);
        _modules = new (Tensor, Tensor)[_damping.Length];
        for (var m = 0; m < _damping.Length; m++)
        {
            var (vectors, squared, mean) = curvature.Of(projector, m);
            _damping[m] = dampingFactor * mean;
            // (Σ⁻² + 1/λ)⁻¹/λ = σ²/(σ² + λ), which needs no reciprocal of a vanishing σ.
            _modules[m] = (vectors.clone().DetachFromDisposeScope(), squared.div(squared.add(_damping[m])).DetachFromDisposeScope());
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<ModuleShape> Modules => _projector.Modules;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => _damping;

    /// <inheritdoc/>
    public Tensor Solve(Tensor projected)
    {
        using var scope = NewDisposeScope();
        var at = 0;
        var blocks = new Tensor[_modules.Length];
        for (var m = 0; m < blocks.Length; m++)
        {
            var length = _projector.Projections[m].Length;
            blocks[m] = SolveBlock(m, projected.narrow(1, at, length).to_type(ScalarType.Float64));
            at += length;
        }
        return cat(blocks, 1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor SelfInfluence(Tensor projected)
    {
        using var scope = NewDisposeScope();
        return Solve(projected).mul(projected.to_type(ScalarType.Float64)).sum([1L]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public ModuleGradients Apply(ModuleGradients gradients)
    {
        using var scope = NewDisposeScope();
        var projected = _projector.Project(gradients);
        return _projector.Lift(Solve(projected).to_type(projected.dtype));
    }

    /// <inheritdoc/>
    public Tensor SelfInfluence(int module, Tensor gradients)
    {
        using var scope = NewDisposeScope();
        var p = _projector.Projections[module];
        var z = p.Output.matmul(gradients).matmul(p.Input.transpose(0, 1)).flatten(1).to_type(ScalarType.Float64);
        return SolveBlock(module, z).mul(z).sum([1L]).to_type(gradients.dtype).MoveToOuterDisposeScope();
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

    private Tensor SolveBlock(int m, Tensor z)
    {
        using var scope = NewDisposeScope();
        var (v, shrink) = _modules[m];
        return z.sub(z.matmul(v).mul(shrink).matmul(v.transpose(0, 1))).div(_damping[m]).MoveToOuterDisposeScope();
    }
}
