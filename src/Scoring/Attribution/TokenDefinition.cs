namespace Tda.Scoring.Attribution;

/// <summary>
/// What the score of one label token is. Both definitions sum over a row's tokens to the document's score.
/// </summary>
public enum TokenDefinition
{
    /// <summary>
    /// The share of the document's gradient that passes through the position which predicts the token:
    /// <c>Σ_modules s_tᵀ V a_t</c> at t = index − 1 (IF-Guide, 2506.01790). One backward pass. Later tokens' losses reach
    /// position t through attention and count for it too.
    /// </summary>
    Position,

    /// <summary>
    /// The gradient of that single token's loss: <c>⟨V, ∇loss(x_ij)⟩</c>, the formula as IF-Guide states it. Exact, by
    /// differentiating <c>⟨V, ∇Σ_j u_j loss(x_ij)⟩</c> with respect to u, at about twice the cost. On a toy without a
    /// trigger the top 2 % of tokens held 62 % toxic ones by this definition, 30 % by position.
    /// </summary>
    Loss,
}
