namespace Tda.Core.Scores;

/// <summary>How scores were made; the manifest names it in <c>details</c>.</summary>
/// <param name="Method">The method's name, such as <c>logra</c>.</param>
/// <param name="Damping">λ of the convention below, mean over modules; 0 for methods without curvature.</param>
/// <param name="N">Training rows (sequences): the objective is a mean over them, so removing a document changes the loss by about score / N nats.</param>
public sealed record ScoreHeader(string Method, double Damping, long N)
{
    /// <summary>The one sign convention of Tda, written into every run.</summary>
    public const string SignConvention = "score(m, q) = +∇loss(q)ᵀ (G + λI)⁻¹ ∇loss(m), losses in nats summed over tokens; positive = proponent";
}
