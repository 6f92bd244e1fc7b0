namespace Tda.Curation.Selection;

/// <summary>What a random control keeps of the mask that it stands beside. Each has exactly as many masked tokens.</summary>
public enum RandomMaskShape
{
    /// <summary>Only the number of tokens: drawn uniformly from all label tokens.</summary>
    Tokens,

    /// <summary>The documents and how many tokens in each; drawn uniformly within each document. Tests the choice of tokens alone.</summary>
    SameDocuments,

    /// <summary>
    /// The runs of neighbouring masked tokens (their lengths, and how many a document), in documents drawn at random.
    /// Tests the choice of documents and tokens at equal clustering.
    /// </summary>
    SameRuns,
}
