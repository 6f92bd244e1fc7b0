namespace Tda.Scoring.Attribution.Queries;

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
