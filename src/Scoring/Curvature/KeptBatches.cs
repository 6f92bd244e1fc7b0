namespace Tda.Scoring.Curvature;

/// <summary>
/// Batches that one pass captured, kept in memory for the next over the same rows: forward and backward are half of a fit's time, and give
/// the same to the bit. As many as there is room for; the others are captured again.
/// </summary>
/// <param name="bytes">Most that the kept tensors' elements take. 0: nothing is kept.</param>
public sealed class KeptBatches(long bytes) : IDisposable
{
    // A row is in one batch of a pass.
    private readonly Dictionary<ulong, CapturedBatch> _batches = [];
    private long _free = bytes;

    /// <summary>Keeps a batch beyond the scope it was captured in, if there is room.</summary>
    public void Keep(CapturedBatch batch)
    {
        var size = Tensors(batch).Sum(t => t.numel() * t.element_size());
        if (size > _free || !_batches.TryAdd(batch.Rows[0].Key, batch))
        {
            return;
        }

        foreach (var t in Tensors(batch))
        {
            t.DetachFromDisposeScope();
        }

        _free -= size;
    }

    /// <summary>Visits the batch of these rows and lets go of it.</summary>
    /// <returns>Whether it was there.</returns>
    public bool TryVisit(IReadOnlyList<TokenRow> rows, Action<CapturedBatch> visit)
    {
        if (!_batches.TryGetValue(rows[0].Key, out var batch) || !batch.Rows.Select(r => r.Key).SequenceEqual(rows.Select(r => r.Key)))
        {
            return false;
        }

        _batches.Remove(rows[0].Key);
        try
        {
            visit(batch);
        }
        finally
        {
            Tensors(batch).DisposeAll();
        }
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _batches.Values.SelectMany(Tensors).DisposeAll();

    // Layers that share an input share its activation.
    private static IEnumerable<Tensor> Tensors(CapturedBatch batch) =>
        batch.Layers.SelectMany(layer => layer.Tensors).Append(batch.TokenLosses).Append(batch.LossMask)
            .Distinct(ReferenceEqualityComparer.Instance).Cast<Tensor>();
}
