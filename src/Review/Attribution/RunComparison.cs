namespace Tda.Review.Attribution;

/// <summary>Two runs beside each other: how far they rank documents alike.</summary>
/// <param name="First">One.</param>
/// <param name="Second">The other.</param>
/// <param name="Queries">Queries that both explain: their Spearman correlation over the documents of both, and how many of the first ten they share.</param>
/// <param name="Documents">Documents in both.</param>
public sealed record RunComparison(OpenedRun First, OpenedRun Second, IReadOnlyList<(string Query, double Correlation, int SharedOfTen)> Queries, int Documents)
{
    private const int MostQueries = 100;
    private const int Top = 10;

    /// <summary>Compares two runs on what both explain; where they explain nothing in common, their mean rankings.</summary>
    public static RunComparison Of(OpenedRun first, OpenedRun second)
    {
        var common = first.Scores.Rows.Select(row => row.Id).ToHashSet(StringComparer.Ordinal);
        common.IntersectWith(second.Scores.Rows.Select(row => row.Id));
        string[] ids = [.. common.Order(StringComparer.Ordinal)];
        List<(string, double, int)> queries = [];
        foreach (var (query, row) in first.Scores.Queries.Select((query, row) => (query, row)).Take(MostQueries))
        {
            if (ids.Length > 1 && Enumerable.Range(0, second.Scores.Queries.Count).FirstOrDefault(r => second.Scores.Queries[r].Id == query.Id, -1) is var other and >= 0)
            {
                var (a, b) = (first.Ranked(row).ToDictionary(one => one.Id), second.Ranked(other).ToDictionary(one => one.Id));
                var shared = a.Values.Where(one => one.Rank <= Top).Count(one => b.TryGetValue(one.Id, out var same) && same.Rank <= Top);
                queries.Add((query.Id, Correlation.Spearman([.. ids.Select(id => a[id].Score)], [.. ids.Select(id => b[id].Score)]), shared));
            }
        }

        return new(first, second, queries, ids.Length);
    }
}
