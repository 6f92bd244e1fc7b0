namespace Tda.Core.Corpora;

/// <summary>Documents that were not imported for one reason.</summary>
/// <param name="Reason">The reason.</param>
/// <param name="Count">How many.</param>
/// <param name="Examples">Where the first few of them are: paths, and lines in JSON Lines files.</param>
public sealed record SkippedDocuments(string Reason, int Count, IReadOnlyList<string> Examples);
