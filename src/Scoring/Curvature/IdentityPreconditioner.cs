namespace Tda.Scoring.Curvature;

/// <summary>No curvature: scores are inner products of gradients (grad-dot).</summary>
public sealed class IdentityPreconditioner(IReadOnlyList<ModuleShape> modules) : IPreconditioner
{
    /// <inheritdoc/>
    public IReadOnlyList<ModuleShape> Modules { get; } = modules;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping { get; } = new double[modules.Count];

    /// <inheritdoc/>
    public ModuleGradients Apply(ModuleGradients gradients) => gradients.Map((_, t) => t.clone());

    /// <inheritdoc/>
    public Tensor SelfInfluence(int module, Tensor gradients) => gradients.mul(gradients).sum([1L, 2L]);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
