using Tda.Scoring.Capture;
using static TorchSharp.torch;

namespace Tda.Scoring.Projected;

/// <summary>
/// Features computed batch by batch and dropped. A document's rows lie in one batch, or, when it is larger than a batch, in consecutive
/// batches of their own: only then is a sum carried on.
/// </summary>
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
        Tensor? carried = null;
        var carriedFinite = true;
        try
        {
            capture.ForEach(rows, LabelSource.True, batch =>
            {
                var features = project(batch).to_type(ScalarType.Float64).cpu();
                var documents = batch.Rows.Select(r => r.Document).Distinct().ToArray();
                var slots = documents.Select((d, i) => (d, i)).ToDictionary(x => x.d, x => x.i);
                var slotOfRow = tensor(batch.Rows.Select(r => (long)slots[r.Document]).ToArray(), [batch.Rows.Count], dtype: ScalarType.Int64);
                var sums = zeros([documents.Length, length], dtype: ScalarType.Float64).index_add_(0, slotOfRow, features, 1);
                var finite = Finite(batch, slots, sums);
                if (carried is not null)
                {
                    sums = sums.add(carried);
                    finite[0] &= carriedFinite;
                    carried.Dispose();
                    carried = null;
                }
                if (!batch.CompletesDocuments)
                {
                    (carried, carriedFinite) = (sums.DetachFromDisposeScope(), finite[0]);
                    return;
                }
                Visit(documents, sums, finite, visit, apart);
            }, progress, cancellation);
        }
        finally
        {
            carried?.Dispose();
        }
    }

    // The capture zeroes rows without a finite gradient; features may overflow on their own.
    private static bool[] Finite(CapturedBatch batch, Dictionary<int, int> slots, Tensor sums)
    {
        var total = sums.sum([1L]).data<double>().ToArray();
        var finite = new bool[slots.Count];
        for (var i = 0; i < finite.Length; i++) finite[i] = double.IsFinite(total[i]);
        for (var b = 0; b < batch.Rows.Count; b++) finite[slots[batch.Rows[b].Document]] &= batch.Finite[b];
        return finite;
    }

    private static void Visit(int[] documents, Tensor sums, bool[] finite, DocumentVisitor visit, Action<int> apart)
    {
        if (Array.TrueForAll(finite, f => f))
        {
            visit(documents, sums);
            return;
        }
        var kept = Enumerable.Range(0, documents.Length).Where(i => finite[i]).ToArray();
        foreach (var i in Enumerable.Range(0, documents.Length).Except(kept)) apart(documents[i]);
        if (kept.Length == 0) return;
        var index = tensor(kept.Select(i => (long)i).ToArray(), [kept.Length], dtype: ScalarType.Int64);
        visit([.. kept.Select(i => documents[i])], sums.index_select(0, index));
    }
}
