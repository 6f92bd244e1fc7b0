namespace Tda.Evaluation.Removal;

/// <summary>What removing a method's top documents did.</summary>
/// <param name="Method">The method, or <c>random</c>.</param>
/// <param name="Share">Share of the documents removed.</param>
/// <param name="Increase">
/// Mean increase of the queries' loss in nats against models trained on all documents, with an interval over the queries' (or, of the
/// control, the draws').
/// </param>
/// <param name="Rose">Share of them that rose.</param>
/// <param name="Lists">Removal lists.</param>
public sealed record RemovalResult(string Method, double Share, Interval Increase, double Rose, int Lists);
