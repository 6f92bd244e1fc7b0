using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Projected;

/// <summary>Features computed batch by batch and dropped.</summary>
/// <param name="capture">Gradients.</param>
/// <param name="length">D.</param>
/// <param name="project">A batch's features, (B, D), linear in the rows' gradients.</param>
public sealed class StreamedFeatures(GradientCapture capture, int length, Func<CapturedBatch, Tensor> project) : IFeatureSource
{
    /// <inheritdoc/>
    public int Length => length;

    /// <inheritdoc/>
    public void ForEach(IRowSource rows, DocumentVisitor visit, Action<int> apart, Action<double>? progress, CancellationToken cancellation)
    {
        using var sums = new DocumentSums(length, visit, apart);
        capture.ForEach(
            rows, LabelSource.True,
            batch => sums.Add([.. batch.Rows.Select(r => r.Document)], batch.Finite, project(batch), batch.CompletesDocuments),
            progress, cancellation);
    }
}
