using static TorchSharp.torch;

namespace Tda.Scoring.Curvature.Solvers;

/// <summary>Solutions with what is known of their quality, per vector.</summary>
/// <param name="Solutions">(Q, D) float64.</param>
/// <param name="Residuals"><c>‖(G + λI)x − v‖ / ‖v‖</c> with the whole G; NaN for methods that don't solve that system (DataInf, Arnoldi).</param>
/// <param name="Iterations">Iterations spent.</param>
/// <param name="Converged">False when an iteration cap was met before the tolerance, or the iteration broke down.</param>
public sealed record SolveResult(
    Tensor Solutions, IReadOnlyList<double> Residuals, IReadOnlyList<int> Iterations, IReadOnlyList<bool> Converged);
