namespace Tda.Evaluation.Removal;

/// <summary>Documents to retrain without: one line of a removal file.</summary>
/// <param name="Method">Whose top documents they are; <c>random</c> for the control.</param>
/// <param name="Share">Share of the documents removed.</param>
/// <param name="Removed">Their ids.</param>
/// <param name="Query">Id of the query they were ranked for; null (not written) when ranked for the mean of all.</param>
public sealed record RemovalEntry(string Method, double Share, IReadOnlyList<string> Removed, string? Query = null);
