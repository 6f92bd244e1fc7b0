using static TorchSharp.torch;

namespace Tda.Scoring.Capture;

/// <summary>
/// One forward and one backward pass over a padded batch. Tensors live until the visitor returns.
/// <para>
/// The gradient of row b's summed loss with respect to module m's weight is <c>Σ_t s_t a_tᵀ</c>, exactly: s at a
/// position without loss of its own (a query's prompt) stays, since later losses reach the weight through it.
/// Padding is zeroed, and so are rows whose gradient is not finite, which are absent from <see cref="Finite"/>.
/// </para>
/// </summary>
/// <param name="Rows">The rows, in batch order.</param>
/// <param name="Finite">Per row: false when its loss or a gradient is NaN or infinite.</param>
/// <param name="Activations">Per module: a, (B, T, in [+ 1 when it has a bias]); one object for layers that share an input.</param>
/// <param name="OutputGradients">Per module: s, (B, T, out).</param>
/// <param name="TokenLosses">
/// (B, T): loss in nats of the prediction at each position (its margin when that is captured); zero where none is counted.
/// </param>
/// <param name="LossMask">(B, T) in the model's type: 1 where a prediction carries loss.</param>
/// <param name="CompletesDocuments">See <see cref="PlannedBatch.CompletesDocuments"/>.</param>
public sealed record CapturedBatch(
    IReadOnlyList<TokenRow> Rows,
    IReadOnlyList<bool> Finite,
    IReadOnlyList<Tensor> Activations,
    IReadOnlyList<Tensor> OutputGradients,
    Tensor TokenLosses,
    Tensor LossMask,
    bool CompletesDocuments)
{
    /// <summary>Positions that carry loss in finite rows.</summary>
    public long LossPositions => Rows.Where((_, i) => Finite[i]).Sum(r => (long)r.LossPositions);

    /// <summary>True when a row has real positions without loss, which covariance statistics leave out.</summary>
    public bool HasUncountedPositions => Rows.Any(r => r.FirstLossPosition > 0);
}
