namespace Tda.Scoring.Attribution.Queries;

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

    /// <summary>The queries of each label as one, in the order in which the labels come.</summary>
    /// <exception cref="UsageException">A query has no label: says how many.</exception>
    public static QuerySet ByLabel(IReadOnlyList<Query> queries)
    {
        var without = queries.Count(q => string.IsNullOrEmpty(q.Label));
        if (without > 0)
        {
            throw new UsageException($"{without} of {queries.Count} queries have no label to be grouped by.");
        }

        var labels = queries.Select(q => q.Label!).Distinct(StringComparer.Ordinal);
        return new(queries, [.. labels.Select(label => new Target(label, Of(queries, label), label))]);
    }

    /// <summary>Two sets given by their labels, each as one; queries of other labels are left out.</summary>
    /// <exception cref="UsageException">A label has no query, or both are the same.</exception>
    public static QuerySet Contrast(IReadOnlyList<Query> queries, string first, string second)
    {
        if (first == second)
        {
            throw new UsageException($"Both sets to contrast have the label '{first}'.");
        }

        var missing = new[] { first, second }.Where(label => queries.All(q => q.Label != label)).ToArray();
        if (missing.Length > 0)
        {
            throw new UsageException($"No query has the label {string.Join(" or ", missing.Select(m => $"'{m}'"))}. Labels: {string.Join(", ", queries.Select(q => q.Label ?? "(none)").Distinct(StringComparer.Ordinal))}.");
        }

        Query[] kept = [.. queries.Where(q => q.Label == first || q.Label == second)];
        return new(kept, [new Target(first, Of(kept, first), first), new Target(second, Of(kept, second), second)]);
    }

    private static int[] Of(IReadOnlyList<Query> queries, string label) => [.. Enumerable.Range(0, queries.Count).Where(i => queries[i].Label == label)];

    private static string? SharedLabel(IReadOnlyList<Query> queries) =>
        queries.Select(q => q.Label).Distinct(StringComparer.Ordinal).Count() == 1 ? queries[0].Label : null;
}

/// <summary>
/// What one row of scores explains: a single query, or several aggregated by the <em>mean</em> of their gradients. (A sum
/// would make the score of a set depend on its size.)
/// </summary>
/// <param name="Id">Name of the row in queries.jsonl.</param>
/// <param name="Members">Ordinals of the queries.</param>
/// <param name="Label">The queries' label, when they share one.</param>
public sealed record Target(string Id, IReadOnlyList<int> Members, string? Label = null)
{
    /// <summary>What it is, where that isn't "the mean of n queries".</summary>
    public string? Description { get; init; }
}

/// <summary>"Why these words?": turns words into spans of the completions that hold them.</summary>
public static class QueryWords
{
    /// <summary>The queries whose completion holds the words, each with the span of their first occurrence.</summary>
    /// <exception cref="UsageException">No completion holds them.</exception>
    public static IReadOnlyList<Query> Select(IReadOnlyList<Query> queries, string words)
    {
        if (words.Length == 0)
        {
            throw new UsageException("The words to explain are empty.");
        }

        var found = queries.Select(q => (Query: q, At: q.Completion.IndexOf(words, StringComparison.Ordinal))).Where(x => x.At >= 0).ToArray();
        if (found.Length == 0)
        {
            throw new UsageException($"No completion holds the words '{words}', letter for letter.");
        }

        return [.. found.Select(x => x.Query with { Span = new TextSpan(x.At, x.At + words.Length) })];
    }
}
