namespace Tda.Scoring.Curvature;

/// <summary>
/// <c>(G + λI)⁻¹ V = Q_S [ (Q_Sᵀ V Q_A) ⊘ (Λ + λ) ] Q_Aᵀ</c>, with λ = factor × mean(Λ) of <em>that</em> module.
/// The damped eigenvalues are new tensors: the factors stay as fitted, so that damping is never added twice.
/// </summary>
public sealed class EkfacPreconditioner : IPreconditioner
{
    private readonly (Tensor Activation, Tensor Gradient, Tensor Inverse)[] _modules;

    /// <summary>Copies of the factors in <paramref name="dtype"/>, damped. The factors may be disposed of afterwards.</summary>
    /// <exception cref="TdaException">A module's eigenvalues are all zero, negative or not finite: it can't be inverted.</exception>
    public EkfacPreconditioner(EkfacFactors factors, Damping damping, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        Modules = factors.Modules;
        var used = new double[Modules.Count];
        _modules = new (Tensor, Tensor, Tensor)[Modules.Count];
        for (var m = 0; m < Modules.Count; m++)
        {
            var f = factors.Factors[m];
            var lambda = f.Lambda.to_type(ScalarType.Float64);
            var mean = lambda.mean().item<double>();
            if (!double.IsFinite(mean) || mean < 0 || (mean == 0 && damping.Absolute is null))
            {
                throw new TdaException(
                    $"{Modules[m].Name}: mean eigenvalue is {mean}: no gradient reached this module, or the factors are damaged; fit them again");
            }

            used[m] = damping.Of(mean);
            _modules[m] = (Keep(f.ActivationEigenvectors), Keep(f.GradientEigenvectors), Keep(lambda.add(used[m]).reciprocal()));
        }
        Damping = used;

        Tensor Keep(Tensor t) => t.to(device).to_type(dtype).clone().DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public IReadOnlyList<ModuleShape> Modules { get; }

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping { get; }

    /// <inheritdoc/>
    public ModuleGradients Apply(ModuleGradients gradients) => gradients.Map((m, v) =>
    {
        var (qa, qs, inverse) = _modules[m];
        return qs.matmul(Rotate(m, v).mul(inverse)).matmul(qa.transpose(0, 1));
    });

    /// <inheritdoc/>
    public Tensor SelfInfluence(int module, Tensor gradients)
    {
        var rotated = Rotate(module, gradients);
        return rotated.mul(rotated).mul(_modules[module].Inverse).sum([1L, 2L]);
    }

    private Tensor Rotate(int m, Tensor v) => _modules[m].Gradient.transpose(0, 1).matmul(v).matmul(_modules[m].Activation);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (a, s, inverse) in _modules)
        {
            a.Dispose();
            s.Dispose();
            inverse.Dispose();
        }
    }
}

/// <summary>How much is added to the curvature's eigenvalues, per module.</summary>
/// <param name="Factor">
/// λ of a module = factor × mean of that module's eigenvalues. Range 0 to 1e6 (0 fails on a singular matrix); default 0.1.
/// Relative, because A and S are means over tokens while Λ is a mean over sequences: an absolute λ depends on their lengths.
/// </param>
/// <param name="Absolute">λ itself, the same for all modules, above 0; null (default): by factor.</param>
public sealed record Damping(double Factor = 0.1, double? Absolute = null)
{
    /// <summary>The factor, checked.</summary>
    public double Factor { get; } = Factor is >= 0 and <= 1e6
        ? Factor
        : throw new ArgumentOutOfRangeException(nameof(Factor), Factor, "damping factor must be between 0 and 1e6");

    /// <summary>λ itself, checked.</summary>
    public double? Absolute { get; } = Absolute is null or (> 0 and < double.PositiveInfinity)
        ? Absolute
        : throw new ArgumentOutOfRangeException(nameof(Absolute), Absolute, "absolute damping must be above 0");

    /// <summary>λ of a module.</summary>
    /// <param name="meanEigenvalue">Mean of the module's eigenvalues.</param>
    public double Of(double meanEigenvalue) => Absolute ?? Factor * meanEigenvalue;
}
