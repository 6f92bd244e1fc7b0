namespace Tda.ProxyTrainer.Tokenization;

/// <summary>The merges of a byte-pair encoding, by rank: what byte-level and SentencePiece vocabularies have in common.</summary>
internal sealed class MergeTable
{
    private readonly Dictionary<(int Left, int Right), (int Rank, int Merged)> _merges = [];

    /// <param name="merges">In rank order; of a pair that stands twice, the last counts.</param>
    public MergeTable(IReadOnlyList<BpeMerge> merges)
    {
        for (var rank = 0; rank < merges.Count; rank++)
        {
            _merges[(merges[rank].Left, merges[rank].Right)] = (rank, merges[rank].Merged);
        }
    }

    /// <summary>
    /// Applies merges lowest rank first, leftmost first among equals. The queue keeps long words (a page of '=') at
    /// n log n; entries made stale by a neighbour's merge are skipped when they come up.
    /// </summary>
    /// <param name="ids">The symbols; each becomes the token that begins there, or -1 where one before it has swallowed it.</param>
    public void Apply(int[] ids)
    {
        var count = ids.Length;
        var next = new int[count];
        var previous = new int[count];
        var queue = new PriorityQueue<(int Left, int Right, int At), (int Rank, int At)>();
        for (var i = 0; i < count; i++)
        {
            (next[i], previous[i]) = (i + 1, i - 1);
        }

        for (var i = 0; i + 1 < count; i++)
        {
            Offer(i);
        }

        while (queue.TryDequeue(out var pair, out _))
        {
            var right = ids[pair.At] < 0 ? count : next[pair.At];
            if (right >= count || ids[pair.At] != pair.Left || ids[right] != pair.Right)
            {
                continue;
            }

            ids[pair.At] = _merges[(pair.Left, pair.Right)].Merged;
            ids[right] = -1; // swallowed
            next[pair.At] = next[right];
            if (next[right] < count)
            {
                previous[next[right]] = pair.At;
            }

            Offer(previous[pair.At]);
            Offer(pair.At);
        }

        void Offer(int at)
        {
            if (at >= 0 && next[at] < count && _merges.TryGetValue((ids[at], ids[next[at]]), out var merge))
            {
                queue.Enqueue((ids[at], ids[next[at]], at), (merge.Rank, at));
            }
        }
    }
}
