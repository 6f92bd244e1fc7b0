using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Projected;

/// <summary>LoRIF's documents: read from the store where they are the fitted ones, else truncated the same way on the fly.</summary>
internal sealed class LorifFeatures(GradientCapture capture, Projector projector, int rank, IRowSource fitted, FactoredStore store)
    : IFeatureSource
{
    /// <inheritdoc/>
    public int Length => projector.Length;

    /// <inheritdoc/>
    public void ForEach(IRowSource rows, DocumentVisitor visit, Action<int> apart, Action<double>? progress, CancellationToken cancellation)
    {
        if (ReferenceEquals(rows, fitted))
        {
            store.ForEachDocument(visit, apart, cancellation);
            progress?.Invoke(rows.RowCount);
            return;
        }
        new StreamedFeatures(capture, Length, Truncated).ForEach(rows, visit, apart, progress, cancellation);
    }

    private Tensor Truncated(CapturedBatch batch)
    {
        var projected = projector.Project(batch);
        return cat([.. projector.Modules.Select((_, m) =>
        {
            var (left, right) = TruncatedProjection.Factors(projector, projected, m, rank);
            return TruncatedProjection.Product(left, right);
        })], 1);
    }
}
