namespace Tda.Bench.Indexing;

/// <summary>
/// The k documents of the highest scores, in a heap of k: memory does not grow with the corpus. Equal scores go to the lower ordinal,
/// so that the order of visits does not matter. NaN is left out.
/// </summary>
internal sealed class TopK
{
    private readonly PriorityQueue<int, (float Score, int Document)> _heap;
    private readonly int _k;

    /// <summary>Empty.</summary>
    /// <param name="k">At least 1.</param>
    public TopK(int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        _k = k;
        _heap = new(Comparer<(float Score, int Document)>.Create((a, b) =>
            a.Score != b.Score ? a.Score.CompareTo(b.Score) : b.Document.CompareTo(a.Document)));
    }

    /// <summary>Takes a document's score.</summary>
    public void Add(int document, float score)
    {
        if (float.IsNaN(score))
        {
            return;
        }

        if (_heap.Count < _k)
        {
            _heap.Enqueue(document, (score, document));
        }
        else if (_heap.TryPeek(out _, out var least) && (score > least.Score || (score == least.Score && document < least.Document)))
        {
            _heap.EnqueueDequeue(document, (score, document));
        }
    }
}
