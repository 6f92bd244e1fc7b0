namespace Tda.Scoring.Index.Shards;

/// <summary>
/// The k documents of the highest scores, in a heap of k: memory does not grow with the corpus. Equal scores go to the lower ordinal,
/// so that the order of visits does not matter. NaN is left out.
/// </summary>
public sealed class TopK
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

    /// <summary>Adds another heap's documents, such as another shard's.</summary>
    public void Merge(TopK other)
    {
        foreach (var (document, (score, _)) in other._heap.UnorderedItems)
        {
            Add(document, score);
        }
    }

    /// <summary>Highest first.</summary>
    public IReadOnlyList<(int Document, float Score)> Ranked() =>
        [.. _heap.UnorderedItems.Select(x => (x.Element, x.Priority.Score)).OrderByDescending(x => x.Score).ThenBy(x => x.Element)];
}
