namespace Tda.Scoring.Curvature;

/// <summary>
/// (C + λI)⁻¹ on projected gradients, module by module in float64, and the same lifted to full gradients as an <see cref="IPreconditioner"/>.
/// The projector stays the caller's.
/// </summary>
public abstract class ProjectedSolver(Projector projector) : IPreconditioner
{
    /// <inheritdoc/>
    public IReadOnlyList<ModuleShape> Modules => projector.Modules;

    /// <inheritdoc/>
    public abstract IReadOnlyList<double> Damping { get; }

    /// <summary>(C + λI)⁻¹ z for projected gradients (N, D), float64, in the caller's dispose scope.</summary>
    public Tensor Solve(Tensor projected)
    {
        using var scope = NewDisposeScope();
        return cat([.. ByModule(projector, projected).Select((z, m) => SolvedBlock(m, z.to_type(ScalarType.Float64)))], 1)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Self-influence zᵀ(C + λI)⁻¹z of projected gradients: (N, D) to (N), float64.</summary>
    public Tensor SelfInfluence(Tensor projected)
    {
        using var scope = NewDisposeScope();
        return Solve(projected).mul(projected.to_type(ScalarType.Float64)).sum([1L]).MoveToOuterDisposeScope();
    }

    /// <summary><c>P_oᵀ [ (C + λI)⁻¹ P G ] P_i</c>: directions whose inner product with a full gradient is the projected score.</summary>
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
        return SolvedBlock(module, z).mul(z).sum([1L]).to_type(gradients.dtype).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Views of each module's part of projected gradients (N, D).</summary>
    internal static Tensor[] ByModule(Projector projector, Tensor projected) =>
        projected.split([.. projector.Projections.Select(p => (long)p.Length)], 1);

    /// <summary>(C + λI)⁻¹ of one module's part, (N, k_o·k_i) float64 on the CPU.</summary>
    protected abstract Tensor SolveBlock(int module, Tensor projected);

    // Blocks are small and come from files: they are on the CPU, wherever the model computes.
    private Tensor SolvedBlock(int module, Tensor z) => SolveBlock(module, z.cpu()).to(z.device);
}
