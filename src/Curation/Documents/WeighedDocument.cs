namespace Tda.Curation.Documents;

/// <summary>A document with its weight in training.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Source">Its source.</param>
/// <param name="Score">The score that the weight comes from, in nats × N.</param>
/// <param name="Weight">Factor on the document's loss.</param>
public sealed record WeighedDocument(string Id, string Source, double Score, double Weight);
