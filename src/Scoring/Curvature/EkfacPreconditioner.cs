namespace Tda.Scoring.Curvature;

/// <summary>
/// <c>(G + λI)⁻¹ V = Q_S [ (Q_Sᵀ V Q_A) ⊘ (Λ + λ) ] Q_Aᵀ</c>, with λ = factor × mean(Λ) of <em>that</em> module.
/// The damped eigenvalues are new tensors: the factors stay as fitted, so that damping is never added twice.
/// </summary>
public sealed class EkfacPreconditioner : IPreconditioner
{
    private readonly EkfacSpectrum _inverse;

    /// <summary>Copies of the factors in <paramref name="dtype"/>, damped. The factors may be disposed of afterwards.</summary>
    /// <exception cref="TdaException">A module's eigenvalues are all zero, negative or not finite: it can't be inverted.</exception>
    public EkfacPreconditioner(EkfacFactors factors, Damping damping, ScalarType dtype, Device device)
    {
        Modules = factors.Modules;
        var used = new double[Modules.Count];
        _inverse = new EkfacSpectrum(factors, dtype, device, (m, lambda) =>
        {
            var mean = lambda.mean().item<double>();
            if (!double.IsFinite(mean) || mean < 0 || (mean == 0 && damping.Absolute is null))
            {
                throw new TdaException(
                    $"{Modules[m].Name}: mean eigenvalue is {mean}: no gradient reached this module, or the factors are damaged; fit them again");
            }

            used[m] = damping.Of(mean);
            return lambda.add(used[m]).reciprocal();
        });
        Damping = used;
    }

    /// <inheritdoc/>
    public IReadOnlyList<ModuleShape> Modules { get; }

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping { get; }

    /// <inheritdoc/>
    public ModuleGradients Apply(ModuleGradients gradients) => _inverse.Apply(gradients);

    /// <inheritdoc/>
    public Tensor SelfInfluence(int module, Tensor gradients)
    {
        var rotated = _inverse.Rotate(module, gradients);
        return rotated.mul(rotated).mul(_inverse.Values(module)).sum([1L, 2L]);
    }

    /// <inheritdoc/>
    public void Dispose() => _inverse.Dispose();
}

/// <summary>
/// Functions of an EK-FAC curvature, <c>f(G) V = Q_S [ f(Λ) ⊙ (Q_Sᵀ V Q_A) ] Q_Aᵀ</c>. Owns copies: the factors may be disposed of.
/// </summary>
internal sealed class EkfacSpectrum : IDisposable
{
    private readonly Owned _tensors = new();
    private readonly (Tensor Activation, Tensor? Gradient, Tensor[] Values)[] _modules;

    /// <param name="factors">The curvature.</param>
    /// <param name="dtype">Type of the copies.</param>
    /// <param name="device">Device of the copies.</param>
    /// <param name="functions">Each f: module and its Λ in float64 to f(Λ).</param>
    public EkfacSpectrum(EkfacFactors factors, ScalarType dtype, Device device, params Func<int, Tensor, Tensor>[] functions)
    {
        using var scope = NewDisposeScope();
        _modules = [.. factors.Factors.Select((factor, m) =>
        {
            var lambda = factor.Lambda.to_type(ScalarType.Float64);
            Tensor[] values = [.. functions.Select(f => Copy(f(m, lambda)))];
            return (Copy(factor.ActivationEigenvectors), factor.GradientEigenvectors is { } qs ? Copy(qs) : null, values);
        })];

        Tensor Copy(Tensor t) => _tensors.Keep(t.to(device).to_type(dtype).clone());
    }

    /// <summary>f(Λ) of a module.</summary>
    public Tensor Values(int module, int function = 0) => _modules[module].Values[function];

    /// <summary><c>Q_Sᵀ V Q_A</c>.</summary>
    public Tensor Rotate(int module, Tensor v) =>
        (_modules[module].Gradient is { } qs ? qs.transpose(0, 1).matmul(v) : v).matmul(_modules[module].Activation);

    /// <summary><c>Q_S V Q_Aᵀ</c>.</summary>
    public Tensor RotateBack(int module, Tensor v) =>
        (_modules[module].Gradient is { } qs ? qs.matmul(v) : v).matmul(_modules[module].Activation.transpose(0, 1));

    /// <summary>f(G) applied to gradients.</summary>
    public ModuleGradients Apply(ModuleGradients gradients, int function = 0) =>
        gradients.Map((m, v) => RotateBack(m, Rotate(m, v).mul(Values(m, function))));

    public void Dispose() => _tensors.Dispose();
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
