namespace Tda.Scoring.Methods.Projected;

/// <summary>Projected gradients of documents: the rows of a document are summed.</summary>
public interface IFeatureSource
{
    /// <summary>D.</summary>
    int Length { get; }

    /// <summary>Visits every document once, in no particular order.</summary>
    /// <param name="rows">The documents (or queries).</param>
    /// <param name="visit">Ordinals and float64 (n, D).</param>
    /// <param name="apart">Told of every document that has no finite gradient; it isn't visited.</param>
    /// <param name="progress">Rows done.</param>
    /// <param name="cancellation">Stops between batches.</param>
    void ForEach(IRowSource rows, DocumentVisitor visit, Action<int> apart, Action<double>? progress, CancellationToken cancellation);
}

/// <summary>Takes some documents' ordinals and their features, float64 (n, D).</summary>
public delegate void DocumentVisitor(IReadOnlyList<int> documents, Tensor features);

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
        using var sums = new FeatureSums(length, visit, apart);
        capture.ForEach(
            rows, LabelSource.True,
            batch => sums.Add([.. batch.Rows.Select(r => r.Document)], batch.Finite, project(batch), batch.CompletesDocuments),
            progress, cancellation);
    }
}

/// <summary>Features of queries and of targets, float64.</summary>
internal static class QueryFeatures
{
    /// <summary>Every query that a target names: (queries, D); those that aren't finite are zero and told apart.</summary>
    public static Tensor Each(
        IFeatureSource source, IRowSource queries, IReadOnlyList<Target> targets, SortedSet<int> apart, CancellationToken cancellation)
    {
        var wanted = targets.SelectMany(t => t.Members).ToHashSet();
        var all = zeros([queries.DocumentCount, source.Length], dtype: ScalarType.Float64);
        source.ForEach(new RowFilter(queries, wanted.Contains), (ordinals, features) =>
        {
            for (var i = 0; i < ordinals.Count; i++)
            {
                all.select(0, ordinals[i]).copy_(features.select(0, i));
            }
        }, q => apart.Add(q), null, cancellation);
        return all;
    }

    /// <summary>Which queries a target names and none has told apart; the latter are named.</summary>
    public static bool[] Finite(
        IRowSource queries, IReadOnlyList<Target> targets, SortedSet<int> apart, string reason, Action<ExcludedDocument> excluded)
    {
        foreach (var q in apart)
        {
            excluded(new ExcludedDocument(queries.IdOf(q), "query", reason));
        }

        var kept = targets.SelectMany(t => t.Members).Except(apart).ToHashSet();
        return [.. Enumerable.Range(0, queries.DocumentCount).Select(kept.Contains)];
    }

    /// <summary>Ordinals of what is kept, as an index into rows.</summary>
    public static Tensor Rows(bool[] kept)
    {
        var rows = kept.Index().Where(x => x.Item).Select(x => (long)x.Index).ToArray();
        return tensor(rows, [rows.Length], dtype: ScalarType.Int64);
    }

    /// <summary>Means over each target's finite queries: (targets, D).</summary>
    public static Tensor Means(Tensor features, bool[] finite, IReadOnlyList<Target> targets)
    {
        var weights = new double[targets.Count * finite.Length];
        for (var t = 0; t < targets.Count; t++)
        {
            var members = targets[t].Members.Where(q => finite[q]).ToArray();
            foreach (var q in members)
            {
                weights[t * finite.Length + q] += 1.0 / members.Length;
            }
        }
        return tensor(weights, [targets.Count, finite.Length], dtype: ScalarType.Float64).matmul(features);
    }
}

/// <summary>
/// Sums rows' features by document. A document's rows lie in one batch, or, when it is larger than a batch, in consecutive batches of
/// their own: only then is a sum carried on. A document with a row that isn't finite is told apart and not visited.
/// </summary>
internal sealed class FeatureSums(int length, DocumentVisitor visit, Action<int> apart) : IDisposable
{
    private Tensor? _carried;
    private bool _carriedFinite = true;

    /// <summary>
    /// Adds a batch: the document and finiteness of each row, its features (B, D), and whether its documents end with it.
    /// </summary>
    public void Add(IReadOnlyList<int> documentsOfRows, IReadOnlyList<bool> finiteRows, Tensor features, bool completes)
    {
        using var scope = NewDisposeScope();
        var documents = documentsOfRows.Distinct().ToArray();
        var slots = documents.Select((d, i) => (d, i)).ToDictionary(x => x.d, x => x.i);
        var slotOfRow = tensor([.. documentsOfRows.Select(d => (long)slots[d])], [documentsOfRows.Count], dtype: ScalarType.Int64);
        var sums = zeros([documents.Length, length], dtype: ScalarType.Float64)
            .index_add_(0, slotOfRow, features.to_type(ScalarType.Float64).cpu(), 1);
        var finite = Finite(documentsOfRows, finiteRows, slots, sums);
        if (_carried is not null)
        {
            sums = sums.add(_carried);
            finite[0] &= _carriedFinite;
            _carried.Dispose();
            _carried = null;
        }
        if (completes)
        {
            Visit(documents, sums, finite);
        }
        else
        {
            (_carried, _carriedFinite) = (sums.DetachFromDisposeScope(), finite[0]);
        }
    }

    public void Dispose() => _carried?.Dispose();

    // Rows without a finite gradient come as zeros; features may overflow on their own.
    private static bool[] Finite(IReadOnlyList<int> documentsOfRows, IReadOnlyList<bool> finiteRows, Dictionary<int, int> slots, Tensor sums)
    {
        var finite = Array.ConvertAll(sums.sum([1L]).data<double>().ToArray(), double.IsFinite);
        for (var b = 0; b < documentsOfRows.Count; b++)
        {
            finite[slots[documentsOfRows[b]]] &= finiteRows[b];
        }

        return finite;
    }

    private void Visit(int[] documents, Tensor sums, bool[] finite)
    {
        foreach (var d in documents.Where((_, i) => !finite[i]))
        {
            apart(d);
        }

        int[] kept = [.. documents.Where((_, i) => finite[i])];
        if (kept.Length > 0)
        {
            visit(kept, kept.Length == documents.Length ? sums : sums.index_select(0, QueryFeatures.Rows(finite)));
        }
    }
}
