namespace Tda.Scoring.Evaluation.Removal;

/// <summary>Documents to retrain without: one line of a removal file.</summary>
/// <param name="Method">Whose top documents they are; <c>random</c> for the control.</param>
/// <param name="Query">Id of the query they were ranked for; null when ranked for the mean of all.</param>
/// <param name="Share">Share of the documents removed.</param>
/// <param name="Removed">Their ids.</param>
public sealed record RemovalEntry(string Method, string? Query, double Share, IReadOnlyList<string> Removed);
