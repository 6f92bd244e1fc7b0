namespace Tda.Evaluation.Detection;

/// <summary>Planted sources: documents of one source were put into the corpus, and queries show what only they teach.</summary>
public static class PlantedGrader
{
    /// <summary>Grades scores [queries, documents].</summary>
    /// <param name="scores">One row a query.</param>
    /// <param name="mean">The ranking of all queries together.</param>
    /// <param name="positive">Per document: of the planted source.</param>
    /// <param name="ks">k of precision and recall.</param>
    /// <param name="options">The intervals.</param>
    public static PlantedResult Grade(
        ScoreMatrix scores, IReadOnlyList<double> mean, IReadOnlyList<bool> positive, IReadOnlyList<int> ks,
        BootstrapOptions? options = null)
    {
        options ??= new BootstrapOptions();
        var queries = Enumerable.Range(0, scores.Targets)
            .Select(q => DetectionGrader.Grade(
                [.. scores.Row(q).ToArray().Select(s => (double)s)], positive, ks, options with { Resamples = 0 })).ToArray();
        return new PlantedResult(
            DetectionGrader.Grade(mean, positive, ks, options),
            Bootstrap.OfMean([.. queries.Select(q => q.FirstRank == 0 ? 0 : 1.0 / q.FirstRank)], options), queries.Length,
            queries[0].At.Select((at, i) => (at.K, i)).ToDictionary(
                at => at.K, at => Bootstrap.OfMean([.. queries.Select(q => q.At[at.i].Recall.Value)], options)));
    }
}

/// <summary>How well a run finds a source that is known to be behind the queries.</summary>
/// <param name="Mean">The ranking by the mean score over the queries.</param>
/// <param name="Mrr">Mean over queries of 1/rank of the first document of the source, with its interval over queries.</param>
/// <param name="Queries">Queries ranked by themselves.</param>
/// <param name="RecallAt">
/// Per k: mean over queries of the share of the source found among each query's first k, with its interval over queries.
/// </param>
public sealed record PlantedResult(DetectionResult Mean, Interval Mrr, int Queries, IReadOnlyDictionary<int, Interval> RecallAt);
