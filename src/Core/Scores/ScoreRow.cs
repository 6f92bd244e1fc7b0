namespace Tda.Core.Scores;

/// <summary>A column of <c>scores.npy</c>: the run of training tokens that was scored. One line of <c>rows.jsonl</c>.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Source">The document's source.</param>
/// <param name="Start">First label-token index, at least 1.</param>
/// <param name="End">One past the last.</param>
public sealed record ScoreRow(string Id, string Source, int Start, int End);
