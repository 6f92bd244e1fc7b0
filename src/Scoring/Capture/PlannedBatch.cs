namespace Tda.Scoring.Capture;

/// <summary>Rows captured together.</summary>
/// <param name="Rows">Indices into the row source.</param>
/// <param name="CompletesDocuments">
/// True when every document begun is finished with this batch. False only for the leading batches of one document
/// that is larger than a batch.
/// </param>
public sealed record PlannedBatch(IReadOnlyList<int> Rows, bool CompletesDocuments);
