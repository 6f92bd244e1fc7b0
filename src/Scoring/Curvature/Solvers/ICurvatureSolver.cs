using Tda.Scoring.Curvature.Products;

namespace Tda.Scoring.Curvature.Solvers;

/// <summary>A way to apply an (approximate) inverse curvature to query gradients over all tracked weights at once.</summary>
public interface ICurvatureSolver : IDisposable
{
    /// <summary>λ of each module; one number alone for methods that invert the whole G.</summary>
    IReadOnlyList<double> Damping { get; }

    /// <summary>Sequences that the curvature is a mean over: N.</summary>
    int Sequences { get; }

    /// <summary>Solutions for several vectors at once: (Q, D) float64 in and out, in the caller's dispose scope.</summary>
    SolveResult Solve(Tensor vectors, CancellationToken cancellation = default);

    /// <summary>Most solvers own nothing.</summary>
    void IDisposable.Dispose()
    {
    }
}

/// <summary>Solutions with what is known of their quality, per vector.</summary>
/// <param name="Solutions">(Q, D) float64.</param>
/// <param name="Residuals"><c>‖(G + λI)x − v‖ / ‖v‖</c> with the whole G; NaN for methods that don't solve that system (DataInf, Arnoldi).</param>
/// <param name="Iterations">Iterations spent.</param>
/// <param name="Converged">False when an iteration cap was met before the tolerance, or the iteration broke down.</param>
public sealed record SolveResult(
    Tensor Solutions, IReadOnlyList<double> Residuals, IReadOnlyList<int> Iterations, IReadOnlyList<bool> Converged)
{
    /// <summary>Solutions of a method that computes them directly, without iterating on the system.</summary>
    internal static SolveResult Direct(Tensor solutions)
    {
        var count = (int)solutions.shape[0];
        return new(
            solutions, [.. Enumerable.Repeat(double.NaN, count)], new int[count], [.. Enumerable.Repeat(true, count)]);
    }
}

/// <summary>The system <c>(G + λI) x = v</c> of several vectors.</summary>
/// <param name="g">The curvature.</param>
/// <param name="damping">λ, above 0: G alone is singular where gradients don't reach.</param>
internal sealed class DampedSystem(ICurvatureOperator g, double damping)
{
    /// <summary><c>(G + λI) x</c>, G over all sequences or a mini-batch.</summary>
    public Tensor Multiply(Tensor x, IReadOnlyList<int>? sequences, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        return g.Multiply(x, sequences, cancellation).add(x.mul(damping)).MoveToOuterDisposeScope();
    }

    /// <summary><c>‖(G + λI) x − v‖ / ‖v‖</c> per vector; 0 where v is 0.</summary>
    public double[] Residuals(Tensor x, Tensor v, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        return Relative(Multiply(x, null, cancellation).sub(v), v);
    }

    public static double[] Relative(Tensor residual, Tensor v) =>
        [.. FlatVectors.Norms(residual).Zip(FlatVectors.Norms(v), (r, n) => n > 0 ? r / n : r)];
}
