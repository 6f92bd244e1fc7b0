namespace Tda.Scoring.Index.Shards;

/// <summary>Streams whole documents' gradients: what is quadratic in them, such as self-influence, needs the sum over rows first.</summary>
internal static class DocumentGradients
{
    /// <summary>Visits documents with their gradients (n, D), float64, deleted ones too.</summary>
    public static void ForEach(LograIndex index, Action<int[], Tensor> visit, CancellationToken cancellation)
    {
        var (open, sum) = (-1, (Tensor?)null);
        try
        {
            index.ForEachBlock(
                block =>
                {
                    int[] documents = [.. block.Documents.ToArray().Distinct()];
                    var slots = documents.Select((d, i) => (d, i)).ToDictionary(x => x.d, x => (long)x.i);
                    long[] slotOf = [.. block.Documents.ToArray().Select(d => slots[d])];
                    var slotOfRow = tensor(slotOf, [slotOf.Length], dtype: ScalarType.Int64);
                    var sums = zeros([documents.Length, block.Gradients.shape[1]], dtype: ScalarType.Float64).index_add_(
                        0, slotOfRow, block.Gradients.to_type(ScalarType.Float64), 1);
                    if (documents[0] == open)
                    {
                        sums.select(0, 0).add_(sum!.squeeze(0));
                    }
                    else if (sum is not null)
                    {
                        visit([open], sum);
                    }
                    // The block's last document may go on in the next one.
                    sum?.Dispose();
                    (open, sum) = (documents[^1], sums.narrow(0, documents.Length - 1, 1).clone().DetachFromDisposeScope());
                    if (documents.Length > 1)
                    {
                        visit(documents[..^1], sums.narrow(0, 0, documents.Length - 1));
                    }
                },
                cancellation);
            using var scope = NewDisposeScope();
            if (sum is not null)
            {
                visit([open], sum);
            }
        }
        finally
        {
            sum?.Dispose();
        }
    }
}
