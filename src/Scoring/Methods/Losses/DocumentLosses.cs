namespace Tda.Scoring.Methods.Losses;

/// <summary>Losses of documents, by forward passes alone.</summary>
public static class DocumentLosses
{
    /// <summary>Per document the loss summed over its rows and their label tokens, nats; NaN where it isn't finite.</summary>
    public static double[] Of(
        GradientCapture capture, IRowSource rows, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        var losses = new double[rows.DocumentCount];
        using var none = no_grad();
        capture.ForEachBatch(rows, (batch, _) =>
        {
            var padded = PaddedBatch.Build(batch, capture.Model);
            using var forward = capture.Model.Forward(padded.Ids);
            var perToken = nn.functional.cross_entropy(
                forward.Logits.reshape(-1, forward.Logits.shape[2]), padded.Labels.reshape(-1), reduction: nn.Reduction.None)
                .reshape(padded.LossMask.shape);
            // Padding is filled, not multiplied away: 0 times an infinite loss is no number.
            var sums = perToken.to_type(ScalarType.Float64).masked_fill(padded.LossMask.eq(0), 0).sum([1L]).cpu().data<double>().ToArray();
            for (var b = 0; b < batch.Count; b++)
            {
                losses[batch[b].Document] += sums[b];
            }
        }, progress, cancellation);
        return Array.ConvertAll(losses, loss => double.IsFinite(loss) ? loss : double.NaN);
    }
}
