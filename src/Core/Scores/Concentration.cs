namespace Tda.Core.Scores;

/// <summary>How few documents hold the positive influence. Influence is heavy-tailed: a handful may hold half, or thousands.</summary>
/// <param name="Positive">Sum of the positive scores.</param>
/// <param name="Proponents">Documents with a positive score.</param>
/// <param name="Top1">Share of the strongest document.</param>
/// <param name="Top10">Share of the ten strongest.</param>
/// <param name="Top100">Share of the hundred strongest.</param>
/// <param name="TailSlope">
/// α of the power law <c>P(score &gt; x) ∝ x^−α</c> of the tail's scores: below 1 a few documents hold nearly everything, above 2 none
/// stands out. Null with too few proponents.
/// </param>
public sealed record Concentration(double Positive, int Proponents, double Top1, double Top10, double Top100, double? TailSlope = null);
