namespace Tda.Scoring.Methods.Projected;

/// <summary>
/// LoRIF's inverse: with the leading eigenvectors V and eigenvalues Σ² of the rows' mean outer product,
/// <c>(VΣ²Vᵀ + λI)⁻¹ = 1/λ [I − 1/λ · V(Σ⁻² + 1/λ)⁻¹Vᵀ]</c>, that is 1/λ outside V and 1/(σ² + λ) inside. λ = factor × mean eigenvalue
/// of the whole (trace/dim), as LoGra's, so that both agree at full rank.
/// </summary>
public sealed class LorifSolver : ProjectedSolver
{
    private readonly Owned _tensors = new();
    private readonly (Tensor Vectors, Tensor Shrink)[] _modules;
    private readonly double[] _damping;

    /// <summary>Damps a fitted curvature, which may be disposed of afterwards. The projector stays the caller's.</summary>
    /// <exception cref="TdaException">Nothing reached a module.</exception>
    public LorifSolver(Projector projector, WoodburyCurvature curvature, double dampingFactor)
        : base(projector)
    {
        using var scope = NewDisposeScope();
        _damping = new double[projector.Modules.Count];
        _modules = new (Tensor, Tensor)[_damping.Length];
        for (var m = 0; m < _damping.Length; m++)
        {
            var (vectors, squared, mean) = curvature.Of(projector, m);
            _damping[m] = dampingFactor * mean;
            // (Σ⁻² + 1/λ)⁻¹/λ = σ²/(σ² + λ), which needs no reciprocal of a vanishing σ.
            _modules[m] = (_tensors.Keep(vectors.clone()), _tensors.Keep(squared.div(squared.add(_damping[m]))));
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<double> Damping => _damping;

    /// <inheritdoc/>
    public override void Dispose() => _tensors.Dispose();

    /// <inheritdoc/>
    protected override Tensor SolveBlock(int module, Tensor projected)
    {
        using var scope = NewDisposeScope();
        var (v, shrink) = _modules[module];
        return projected.sub(projected.matmul(v).mul(shrink).matmul(v.transpose(0, 1))).div(_damping[module]).MoveToOuterDisposeScope();
    }
}
