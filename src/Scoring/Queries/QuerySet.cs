using Tda.Core.Queries;

namespace Tda.Scoring.Queries;

/// <summary>Queries and what is to be explained of them.</summary>
public sealed record QuerySet(IReadOnlyList<Query> Queries, IReadOnlyList<Target> Targets)
{
    /// <summary>Every query by itself.</summary>
    public static QuerySet Each(IReadOnlyList<Query> queries) =>
        new(queries, [.. queries.Select((q, i) => new Target(q.Id, [i], q.Label))]);

    /// <summary>All queries as one.</summary>
    public static QuerySet Aggregated(IReadOnlyList<Query> queries, string id = "mean") =>
        new(queries, [new Target(id, [.. Enumerable.Range(0, queries.Count)], SharedLabel(queries))]);

    /// <summary>Two sets, each as one: what <see cref="Attribution.Guide"/> contrasts.</summary>
    public static QuerySet Contrast(IReadOnlyList<Query> harm, IReadOnlyList<Query> safe) => new(
        [.. harm, .. safe],
        [new Target("harm", [.. Enumerable.Range(0, harm.Count)]), new Target("safe", [.. Enumerable.Range(harm.Count, safe.Count)])]);

    private static string? SharedLabel(IReadOnlyList<Query> queries) =>
        queries.Select(q => q.Label).Distinct(StringComparer.Ordinal).Count() == 1 ? queries[0].Label : null;
}
