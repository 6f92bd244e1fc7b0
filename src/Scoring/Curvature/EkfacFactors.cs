namespace Tda.Scoring.Curvature;

/// <summary>Fitted factors of every module, with the counts they are means over. Owns its tensors and never changes them.</summary>
public sealed class EkfacFactors(
    IReadOnlyList<ModuleShape> modules, IReadOnlyList<ModuleFactors> factors, long tokens, long sequences) : IDisposable
{
    /// <summary>The modules, in order.</summary>
    public IReadOnlyList<ModuleShape> Modules { get; } = modules;

    /// <summary>Per module.</summary>
    public IReadOnlyList<ModuleFactors> Factors { get; } = factors;

    /// <summary>Tokens that A and S are means over.</summary>
    public long Tokens { get; } = tokens;

    /// <summary>Sequences that Λ is a mean over.</summary>
    public long Sequences { get; } = sequences;

    /// <inheritdoc/>
    public void Dispose() => Factors.SelectMany(f => f.Tensors).DisposeAll();
}

/// <summary>
/// One module's share of the eigenvalue-corrected Kronecker factorisation (George et al. 2018; Grosse et al. 2023):
/// <c>G ≈ (Q_A ⊗ Q_S) diag(Λ) (Q_A ⊗ Q_S)ᵀ</c>.
/// </summary>
/// <param name="ActivationEigenvectors">Q_A, (columns, columns).</param>
/// <param name="GradientEigenvectors">Q_S, (out, out); null where it is the identity: of a vocabulary whose covariance is, or is taken as, diagonal.</param>
/// <param name="Lambda">Λ, (out, columns): mean over sequences of the squared rotated gradient.</param>
public sealed record ModuleFactors(Tensor ActivationEigenvectors, Tensor? GradientEigenvectors, Tensor Lambda)
{
    internal IEnumerable<Tensor> Tensors => GradientEigenvectors is { } qs ? [ActivationEigenvectors, qs, Lambda] : [ActivationEigenvectors, Lambda];
}

/// <summary>
/// Eigenvectors of each module's activation (Q_A) and gradient (Q_S) covariance, in columns, ascending eigenvalues. Owns them.
/// Modules that share their input have one tensor object as Q_A. Without a Q_S it is the identity.
/// </summary>
public sealed class KroneckerBasis(IReadOnlyList<(Tensor Activation, Tensor? Gradient)> vectors) : IDisposable
{
    /// <summary>Per module, float64 unless converted. Neighbouring modules with the same activation covariance share its eigenvectors.</summary>
    public IReadOnlyList<(Tensor Activation, Tensor? Gradient)> Vectors { get; } = vectors;

    /// <summary>A converted copy.</summary>
    public KroneckerBasis To(ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        var converted = new List<(Tensor Activation, Tensor? Gradient)>();
        foreach (var (activation, gradient) in Vectors)
        {
            var shared = converted.Count > 0 && ReferenceEquals(activation, Vectors[converted.Count - 1].Activation);
            converted.Add((shared ? converted[^1].Activation : Convert(activation), gradient is null ? null : Convert(gradient)));
        }
        return new(converted);

        Tensor Convert(Tensor t) => t.to(device).to_type(dtype).clone().DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => Vectors.SelectMany(v => new[] { v.Activation, v.Gradient }).DisposeAll();
}
