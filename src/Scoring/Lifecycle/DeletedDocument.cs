namespace Tda.Scoring.Lifecycle;

/// <summary>A document deleted from an index, as a line of <c>deleted.jsonl</c>. Runs name it as excluded.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Document">Its ordinal in the corpus.</param>
/// <param name="Time">When.</param>
/// <param name="Downdated">Whether its rows were taken out of the curvature too.</param>
public sealed record DeletedDocument(string Id, int Document, DateTimeOffset Time, bool Downdated);
