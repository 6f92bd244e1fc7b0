namespace Tda.Scoring.Methods.Losses;

/// <summary>
/// The floor that evaluations print: uniform numbers in (−1, 1) by seed, target id and document id, whatever the order. Ignores
/// normalisations.
/// </summary>
public sealed class RandomScores(long seed, long n) : IInfluence
{
    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = new()
    {
        Name = "random",
        Family = MethodFamily.Losses,
        Summary = "seeded random numbers: the floor",
        Create = setup => new RandomScores(setup.Context.Seed, setup.Context.Documents.RowCount),
    };

    /// <inheritdoc/>
    public string Name => "random";

    /// <inheritdoc/>
    public long N => n;

    /// <inheritdoc/>
    public ScoreMatrix Score(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        var scores = new ScoreMatrix(targets.Count, documents.DocumentCount);
        var keys = Enumerable.Range(0, documents.DocumentCount).Select(d => RowKey.Of(documents.IdOf(d), 0)).ToArray();
        for (var t = 0; t < targets.Count; t++)
        {
            cancellation.ThrowIfCancellationRequested();
            var target = RowKey.Of(targets[t].Id, 1);
            for (var d = 0; d < keys.Length; d++)
            {
                scores[t, d] = (float)(2 * RowKey.Uniform(seed, keys[d] ^ target, 0) - 1);
            }
        }
        return scores;
    }
}
