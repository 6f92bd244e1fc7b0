namespace Tda.Core.Banks;

/// <summary>
/// Ground truth for attribution: what models trained on subsets of the documents answer. Random half subsets serve the linear
/// datamodelling score, subsets that lack one document leave-one-out, subsets that lack a method's top documents removal.
/// </summary>
/// <param name="Documents">Ids of the N documents.</param>
/// <param name="Queries">Ids of the Q queries.</param>
/// <param name="Kept">Per subset: which documents its models were trained on, [M][N].</param>
/// <param name="Losses">
/// Per subset and retraining (which differ in seed only): the loss of every query in nats, summed over its completion's tokens, [M][R][Q].
/// </param>
public sealed record RetrainingOutcomes(
    IReadOnlyList<string> Documents, IReadOnlyList<string> Queries, IReadOnlyList<bool[]> Kept, IReadOnlyList<double[][]> Losses)
{
    /// <summary>M.</summary>
    public int Subsets => Kept.Count;

    /// <summary>The documents' ordinals by id.</summary>
    public Dictionary<string, int> DocumentPlaces() => Places(Documents);

    /// <summary>The queries' ordinals by id.</summary>
    public Dictionary<string, int> QueryPlaces() => Places(Queries);

    /// <summary>The same retrainings, for the first queries only: scoring and grading cost as much less.</summary>
    /// <param name="count">Queries kept, 1 to Q.</param>
    public RetrainingOutcomes FirstQueries(int count) => this with
    {
        Queries = [.. Queries.Take(count)],
        Losses = [.. Losses.Select(subset => subset.Select(losses => losses[..count]).ToArray())],
    };

    private static Dictionary<string, int> Places(IReadOnlyList<string> ids) =>
        ids.Index().ToDictionary(place => place.Item, place => place.Index, StringComparer.Ordinal);
}
