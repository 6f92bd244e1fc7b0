namespace Tda.Curation.Documents;

/// <summary>A document up for dropping or weighing.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Source">Its source.</param>
/// <param name="Score">Influence on the queries in nats × N; positive = proponent, so the first to go.</param>
/// <param name="Length">Its label tokens; characters will do where tokens are unknown, the same for all.</param>
public sealed record CandidateDocument(string Id, string Source, double Score, long Length);
