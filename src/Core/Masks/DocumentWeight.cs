namespace Tda.Core.Masks;

/// <summary>How much a document counts in training: one line of <c>weights.jsonl</c>.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Weight">Factor of its loss, at least 0; documents that aren't listed count 1.</param>
public sealed record DocumentWeight(string Id, double Weight);
