namespace Tda.Curation.Documents;

/// <summary>Weights for every document that was considered, in the order of their scores.</summary>
/// <param name="Rule">The rule in words, for the ledger.</param>
/// <param name="Scale">The scale in nats × N.</param>
/// <param name="Documents">Documents and weights; a weight of exactly 1 leaves the document as it was.</param>
public sealed record ReweightResult(string Rule, double Scale, IReadOnlyList<WeighedDocument> Documents)
{
    /// <summary>The documents whose weight is not 1.</summary>
    public IEnumerable<WeighedDocument> Changed => Documents.Where(d => d.Weight != 1);
}
