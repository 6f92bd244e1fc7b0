namespace Tda.Evaluation.Classes;

/// <summary>How a query's positive influence is spread.</summary>
/// <param name="Query">The query.</param>
/// <param name="Class">Its class.</param>
/// <param name="TopShare">Per k: share of the positive influence in its k strongest documents.</param>
/// <param name="Tail">Power-law fit of the tail; null when fewer than 10 documents have a positive score.</param>
public sealed record QueryConcentration(string Query, string Class, IReadOnlyDictionary<int, double> TopShare, PowerLaw? Tail);
