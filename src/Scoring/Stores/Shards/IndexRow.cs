namespace Tda.Scoring.Stores.Shards;

/// <summary>A line of <c>rows-NNNNN.jsonl</c>: which tokens a row of the shard stands for.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Document">Ordinal of the document in the corpus.</param>
/// <param name="FirstLabel">First label token.</param>
/// <param name="Labels">Number of label tokens.</param>
public sealed record IndexRow(string Id, int Document, int FirstLabel, int Labels);
