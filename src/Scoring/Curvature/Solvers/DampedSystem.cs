using Tda.Scoring.Curvature.Products;
using static TorchSharp.torch;

namespace Tda.Scoring.Curvature.Solvers;

/// <summary>The system <c>(G + λI) x = v</c> of several vectors.</summary>
internal sealed class DampedSystem
{
    public DampedSystem(ICurvatureOperator g, double damping)
    {
        if (!(damping > 0) || !double.IsFinite(damping))
        {
            throw new ArgumentOutOfRangeException(
                nameof(damping), damping, "damping λ must be above 0: G alone is singular where gradients don't reach");
        }

        (Curvature, Damping) = (g, damping);
    }

    public ICurvatureOperator Curvature { get; }

    public double Damping { get; }

    /// <summary><c>(G + λI) x</c>, G over all sequences or a mini-batch.</summary>
    public Tensor Multiply(Tensor x, IReadOnlyList<int>? sequences, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        return Curvature.Multiply(x, sequences, cancellation).add(x.mul(Damping)).MoveToOuterDisposeScope();
    }

    /// <summary><c>‖(G + λI) x − v‖ / ‖v‖</c> per vector; 0 where v is 0.</summary>
    public double[] Residuals(Tensor x, Tensor v, IReadOnlyList<int>? sequences, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        return Relative(Multiply(x, sequences, cancellation).sub(v), v);
    }

    public static double[] Relative(Tensor residual, Tensor v) =>
        [.. FlatVectors.Norms(residual).Zip(FlatVectors.Norms(v), (r, n) => n > 0 ? r / n : r)];
}
