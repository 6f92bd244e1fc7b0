using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Projected;

/// <summary>LoRIF's inverse on projected gradients and lifted to full ones, as LoGra's <see cref="LograSolver"/>.</summary>
public sealed class LorifSolver(Projector projector, WoodburyCurvature curvature, double dampingFactor) : IProjectedSolver
{
    private readonly WoodburySolver _solver = new(projector, curvature, dampingFactor);

    /// <inheritdoc/>
    public IReadOnlyList<ModuleShape> Modules => projector.Modules;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => _solver.Damping;

    /// <inheritdoc/>
    public Tensor Solve(Tensor projected) => _solver.Solve(projected);

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
        var projected = projector.Project(gradients);
        return projector.Lift(Solve(projected).to_type(projected.dtype));
    }

    /// <inheritdoc/>
    public Tensor SelfInfluence(int module, Tensor gradients)
    {
        using var scope = NewDisposeScope();
        var p = projector.Projections[module];
        var z = p.Output.matmul(gradients).matmul(p.Input.transpose(0, 1)).flatten(1).to_type(ScalarType.Float64);
        return _solver.SolveBlock(module, z).mul(z).sum([1L]).to_type(gradients.dtype).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _solver.Dispose();
}
