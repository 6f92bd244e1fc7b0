namespace Tda.Scoring.Curvature;

/// <summary>An approximation of (G + λI)⁻¹, module by module. Never changes what it was built from.</summary>
public interface IPreconditioner : IDisposable
{
    /// <summary>The modules that it covers, in order.</summary>
    IReadOnlyList<ModuleShape> Modules { get; }

    /// <summary>(G + λI)⁻¹ applied to gradients.</summary>
    ModuleGradients Apply(ModuleGradients gradients);

    /// <summary>
    /// Self-influence <c>gᵀ(G + λI)⁻¹g</c> of one module's gradients: (N, out, columns) in, (N) out, in the caller's dispose scope.
    /// </summary>
    Tensor SelfInfluence(int module, Tensor gradients);

    /// <summary>The damping λ used for each module, for the manifest; zeros where there is none.</summary>
    IReadOnlyList<double> Damping { get; }
}
