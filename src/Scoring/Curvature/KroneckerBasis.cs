using static TorchSharp.torch;

namespace Tda.Scoring.Curvature;

/// <summary>
/// Eigenvectors of each module's activation (Q_A) and gradient (Q_S) covariance, in columns, ascending eigenvalues. Owns them.
/// </summary>
public sealed class KroneckerBasis(IReadOnlyList<(Tensor Activation, Tensor Gradient)> vectors) : IDisposable
{
    /// <summary>Per module, float64 unless converted.</summary>
    public IReadOnlyList<(Tensor Activation, Tensor Gradient)> Vectors { get; } = vectors;

    /// <summary>A converted copy.</summary>
    public KroneckerBasis To(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        return new([.. Vectors.Select(v => (
            v.Activation.to_type(dtype).clone().DetachFromDisposeScope(),
            v.Gradient.to_type(dtype).clone().DetachFromDisposeScope()))]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (a, s) in Vectors)
        {
            a.Dispose();
            s.Dispose();
        }
    }
}
