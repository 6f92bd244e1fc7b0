namespace Tda.Curation.Selection;

/// <summary>A document with its place in IF-Guide's ranking.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Source">Source of the document.</param>
/// <param name="Above">Number of label tokens with a score above τ.</param>
/// <param name="Sum">Sum of their scores, in nats × N.</param>
/// <param name="HarmonicMean">2sf/(s+f+1e-6) of the two, each min-max normalised over all documents; 0 to 1.</param>
public sealed record RankedDocument(string Id, string Source, int Above, double Sum, double HarmonicMean);
