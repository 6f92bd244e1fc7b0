namespace Tda.Evaluation.Removal;

/// <summary>Chooses what a bank of removals retrains without.</summary>
public static class RemovalPlanner
{
    /// <summary>The documents with the highest scores: the strongest proponents.</summary>
    /// <param name="method">Name of the method.</param>
    /// <param name="scores">[queries, documents].</param>
    /// <param name="queries">Ids.</param>
    /// <param name="documents">Ids.</param>
    /// <param name="shares">Shares of the documents, above 0 and below 1; at least one document is removed.</param>
    /// <param name="perQuery">A list for every query (as many retrainings); else one for the mean of all.</param>
    /// <exception cref="UsageException">A share is out of range.</exception>
    public static IReadOnlyList<RemovalEntry> Top(
        string method, ScoreMatrix scores, IReadOnlyList<string> queries, IReadOnlyList<string> documents, IReadOnlyList<double> shares,
        bool perQuery)
    {
        Check(shares);
        if (perQuery)
        {
            return [.. queries.SelectMany((id, q) => Entries(id, d => scores[q, d]))];
        }

        return [.. Entries(null, d => Enumerable.Range(0, scores.Targets).Average(q => (double)scores[q, d]))];

        IEnumerable<RemovalEntry> Entries(string? query, Func<int, double> score)
        {
            var scored = Enumerable.Range(0, documents.Count).Where(d => !double.IsNaN(score(d)));
            var order = scored.OrderByDescending(score).ThenBy(d => d).Select(d => documents[d]).ToArray();
            return shares.Select(share => new RemovalEntry(method, share, [.. order.Take(Count(share, documents.Count))], query));
        }
    }

    /// <summary>The control: as many documents, drawn at random.</summary>
    public static IReadOnlyList<RemovalEntry> Random(IReadOnlyList<string> documents, IReadOnlyList<double> shares, int repeats, long seed)
    {
        Check(shares);
        var entries = new List<RemovalEntry>();
        for (var repeat = 0; repeat < repeats; repeat++)
        {
            var random = new SplitMix64(SplitMix64.SequenceSeed(seed, repeat));
            var order = documents.Select(id => (id, Key: random.Next())).OrderBy(d => d.Key).Select(d => d.id).ToArray();
            entries.AddRange(shares.Select(share => new RemovalEntry("random", share, [.. order.Take(Count(share, order.Length))])));
        }
        return entries;
    }

    private static int Count(double share, int documents) => Math.Clamp((int)Math.Round(share * documents), 1, documents - 1);

    private static void Check(IReadOnlyList<double> shares)
    {
        if (shares.Count == 0 || shares.Any(s => !(s is > 0 and < 1)))
        {
            throw new UsageException($"The shares to remove are {string.Join(", ", shares)}; each must be above 0 and below 1.");
        }
    }
}

/// <summary>Documents to retrain without: one line of a removal file.</summary>
/// <param name="Method">Whose top documents they are; <c>random</c> for the control.</param>
/// <param name="Share">Share of the documents removed.</param>
/// <param name="Removed">Their ids.</param>
/// <param name="Query">Id of the query they were ranked for; null (not written) when ranked for the mean of all.</param>
public sealed record RemovalEntry(string Method, double Share, IReadOnlyList<string> Removed, string? Query = null);
