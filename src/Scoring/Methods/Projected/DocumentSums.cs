using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Projected;

/// <summary>
/// Sums rows' features by document. A document's rows lie in one batch, or, when it is larger than a batch, in consecutive batches of
/// their own: only then is a sum carried on. A document with a row that isn't finite is told apart and not visited.
/// </summary>
internal sealed class DocumentSums(int length, DocumentVisitor visit, Action<int> apart) : IDisposable
{
    private Tensor? _carried;
    private bool _carriedFinite = true;

    /// <summary>Adds a batch: the document and finiteness of each row, its features (B, D), and whether its documents end with it.</summary>
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
        var kept = Enumerable.Range(0, documents.Length).Where(i => finite[i]).ToArray();
        for (var i = 0; i < documents.Length; i++)
        {
            if (!finite[i])
            {
                apart(documents[i]);
            }
        }
        if (kept.Length == documents.Length)
        {
            visit(documents, sums);
        }
        else if (kept.Length > 0)
        {
            var index = tensor([.. kept.Select(i => (long)i)], [kept.Length], dtype: ScalarType.Int64);
            visit([.. kept.Select(i => documents[i])], sums.index_select(0, index));
        }
    }
}
