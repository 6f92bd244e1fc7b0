using static TorchSharp.torch;

namespace Tda.Scoring.Curvature.Solvers;

/// <summary>A way to apply an (approximate) inverse curvature to query gradients over all tracked weights at once.</summary>
public interface ICurvatureSolver : IDisposable
{
    /// <summary>λ of each module: the same number for methods that invert the whole G.</summary>
    IReadOnlyList<double> Damping { get; }

    /// <summary>Sequences that the curvature is a mean over: N.</summary>
    int Sequences { get; }

    /// <summary>Solutions for several vectors at once: (Q, D) float64 in and out, in the caller's dispose scope.</summary>
    SolveResult Solve(Tensor vectors, CancellationToken cancellation = default);
}
