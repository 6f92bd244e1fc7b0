using static TorchSharp.torch;

namespace Tda.Scoring.Curvature;

/// <summary>
/// Eigenvectors of each module's activation (Q_A) and gradient (Q_S) covariance, in columns, ascending eigenvalues. Owns them.
/// </summary>
public sealed class KroneckerBasis(IReadOnlyList<(Tensor Activation, Tensor Gradient)> vectors) : IDisposable
{
    /// <summary>Per module, float64 unless converted. Neighbouring modules with the same activation covariance share its eigenvectors.</summary>
    public IReadOnlyList<(Tensor Activation, Tensor Gradient)> Vectors { get; } = vectors;

    /// <summary>A converted copy.</summary>
    public KroneckerBasis To(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var vectors = new (Tensor Activation, Tensor Gradient)[Vectors.Count];
        for (var m = 0; m < vectors.Length; m++)
        {
            var shared = m > 0 && ReferenceEquals(Vectors[m].Activation, Vectors[m - 1].Activation);
            vectors[m] = (shared ? vectors[m - 1].Activation : Copy(Vectors[m].Activation), Copy(Vectors[m].Gradient));
        }
        return new(vectors);

        Tensor Copy(Tensor t) => t.to_type(dtype).clone().DetachFromDisposeScope();
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
