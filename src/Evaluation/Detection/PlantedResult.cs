namespace Tda.Evaluation.Detection;

/// <summary>How well a run finds a source that is known to be behind the queries.</summary>
/// <param name="Mean">The ranking by the mean score over the queries.</param>
/// <param name="Mrr">Mean over queries of 1/rank of the first document of the source, with its interval over queries.</param>
/// <param name="Queries">Queries ranked by themselves.</param>
/// <param name="RecallAt">
/// Per k: mean over queries of the share of the source found among each query's first k, with its interval over queries.
/// </param>
public sealed record PlantedResult(DetectionResult Mean, Interval Mrr, int Queries, IReadOnlyDictionary<int, Interval> RecallAt);
