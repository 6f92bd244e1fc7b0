namespace Tda.Scoring.Gradients;

/// <summary>
/// Groups rows of like length, so that little is padded, keeping a document's rows together, so that quantities
/// which are not linear in a document's gradient (its norm, its self-influence) can be computed.
/// </summary>
public static class RowBatches
{
    /// <summary>
    /// Plans batches of at most <paramref name="batchTokens"/> positions, padding counted (a single longer row stands alone).
    /// </summary>
    public static IReadOnlyList<RowBatch> Plan(IRowSource rows, int batchTokens)
    {
        var plan = new List<RowBatch>();
        var open = new List<int>();
        foreach (var (first, count, longest) in Documents(rows).OrderBy(d => d.Longest).ThenBy(d => d.First))
        {
            // Ascending lengths: the newcomer is the widest, so the batch would be padded to its width.
            if (open.Count > 0 && (long)(open.Count + count) * longest > batchTokens)
            {
                plan.Add(new([.. open], true));
                open.Clear();
            }
            if ((long)count * longest > batchTokens && count > 1)
            {
                var parts = Enumerable.Range(first, count).Chunk(Math.Max(1, batchTokens / longest));
                plan.AddRange(parts.Select(part => new RowBatch(part, part[^1] == first + count - 1)));
                continue;
            }
            open.AddRange(Enumerable.Range(first, count));
        }
        if (open.Count > 0)
        {
            plan.Add(new([.. open], true));
        }

        return plan;
    }

    /// <summary>Batches in groups that end when every document begun is finished: mostly of one batch, or all of a large document's.</summary>
    public static IEnumerable<IReadOnlyList<RowBatch>> Complete(IReadOnlyList<RowBatch> plan)
    {
        for (int first = 0, next = 0; first < plan.Count; first = next)
        {
            while (!plan[next++].CompletesDocuments)
            {
            }

            yield return [.. plan.Skip(first).Take(next - first)];
        }
    }

    private static IEnumerable<(int First, int Count, int Longest)> Documents(IRowSource rows)
    {
        for (var row = 0; row < rows.RowCount;)
        {
            int first = row, longest = 0;
            for (; row < rows.RowCount && rows.DocumentOf(row) == rows.DocumentOf(first); row++)
            {
                longest = Math.Max(longest, rows.PositionsOf(row));
            }

            yield return (first, row - first, longest);
        }
    }
}

/// <summary>Rows captured together.</summary>
/// <param name="Rows">Indices into the row source.</param>
/// <param name="CompletesDocuments">
/// True when every document begun is finished with this batch. False only for the leading batches of one document
/// that is larger than a batch.
/// </param>
public sealed record RowBatch(IReadOnlyList<int> Rows, bool CompletesDocuments);
