using Tda.Scoring.Attribution.Queries;

namespace Tda.Scoring.Methods.Gradients;

/// <summary>How well one target's system was solved.</summary>
/// <param name="Target">The target's id.</param>
/// <param name="Iterations">Iterations spent.</param>
/// <param name="Residual"><c>‖(G + λI)x − v‖ / ‖v‖</c> under the whole G; NaN for methods that don't solve that system.</param>
/// <param name="Converged">False when the tolerance was not met.</param>
public sealed record QuerySolve(string Target, int Iterations, double Residual, bool Converged);
