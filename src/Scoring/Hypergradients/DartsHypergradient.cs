namespace Tda.Scoring.Hypergradients;

/// <summary>
/// DARTS (Liu et al. 2019, 1806.09055, eq. 7): one step of plain gradient descent, <c>θ' = θ − ηg</c>, so <c>d = ηv</c>. The Hessian of the
/// training counts as the identity. Exact for one such step.
/// </summary>
public sealed class DartsHypergradient : IHypergradient
{
    /// <inheritdoc/>
    public Tensor Direction(HypergradientStep step) => step.MetaGradient.mul(step.LearningRate);
}

/// <summary>
/// SAMA (Choe et al. 2023, 2310.05674, eq. 5): one step of the optimiser that really trains, <c>θ' = θ − u(g)</c>, so
/// <c>d = ∂u/∂g ⊙ v</c>. For Adam that is <see cref="ProxyTrainer.Optimizers.AdamW.StepDerivative"/>. Exact for one such step, at no more than
/// DARTS's cost.
/// </summary>
public sealed class SamaHypergradient : IHypergradient
{
    /// <inheritdoc/>
    public bool NeedsDerivative => true;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The step has no derivative.</exception>
    public Tensor Direction(HypergradientStep step) =>
        step.MetaGradient.mul(step.Derivative ?? throw new ArgumentException("SAMA needs the derivative of the optimiser's step.", nameof(step)));
}
