using static TorchSharp.torch;

namespace Tda.Scoring.Curvature;

/// <summary>
/// Eigenvectors of each module's activation (Q_A) and gradient (Q_S) covariance, in columns, ascending eigenvalues. Owns them.
/// Modules that share their input have one tensor object as Q_A.
/// </summary>
public sealed class KroneckerBasis(IReadOnlyList<(Tensor Activation, Tensor Gradient)> vectors) : IDisposable
{
    /// <summary>Per module, float64 unless converted. Neighbouring modules with the same activation covariance share its eigenvectors.</summary>
    public IReadOnlyList<(Tensor Activation, Tensor Gradient)> Vectors { get; } = vectors;

    /// <summary>A converted copy.</summary>
    public KroneckerBasis To(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var converted = new List<(Tensor Activation, Tensor Gradient)>();
        foreach (var (activation, gradient) in Vectors)
        {
            var shared = converted.Count > 0 && ReferenceEquals(activation, Vectors[converted.Count - 1].Activation);
            converted.Add((shared ? converted[^1].Activation : Convert(activation), Convert(gradient)));
        }
        return new(converted);

        Tensor Convert(Tensor t) => t.to_type(dtype).clone().DetachFromDisposeScope();
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
