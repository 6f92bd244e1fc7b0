using Tda.Scoring.Attribution.Sessions;

namespace Tda.Scoring.Attribution.Runs;

/// <summary>Ranks documents by score.</summary>
internal static class TopDocuments
{
    /// <summary>
    /// The highest scores, strongest proponent first; ties by document id, so that the ranking doesn't depend on the corpus's order. A
    /// share is part of the
    /// sum of all positive scores: influence is heavy-tailed, and the share says how much of it the top documents hold.
    /// </summary>
    public static IEnumerable<DocumentScore> Of(
        ReadOnlySpan<float> scores, CorpusRows rows, int top, string? query, Func<int, DocumentScore, DocumentScore>? describe = null)
    {
        var queue = new PriorityQueue<int, (float Score, string Id)>(Comparer<(float Score, string Id)>.Create(
            (x, y) => x.Score != y.Score ? x.Score.CompareTo(y.Score) : string.CompareOrdinal(y.Id, x.Id)));
        double positive = 0;
        for (var d = 0; d < scores.Length; d++)
        {
            if (float.IsNaN(scores[d]))
            {
                continue;
            }

            positive += Math.Max(0, scores[d]);
            queue.Enqueue(d, (scores[d], rows.IdOf(d)));
            if (queue.Count > top)
            {
                queue.Dequeue();
            }
        }
        var ranked = new List<DocumentScore>();
        while (queue.TryDequeue(out var d, out var key))
        {
            var share = positive > 0 ? Math.Max(0, key.Score) / positive : 0;
            var line = new DocumentScore(key.Id, rows.Sources[d], key.Score, share, queue.Count + 1) { Query = query };
            ranked.Add(describe?.Invoke(d, line) ?? line);
        }
        ranked.Reverse();
        return ranked;
    }
}
