namespace Tda.Curation.Curated;

/// <summary>What happens to a document; the ledger states it in lower case.</summary>
public enum CurationAction
{
    /// <summary>Nothing, although a rule or a reviewer looked at it.</summary>
    Keep,

    /// <summary>It is left out of the curated corpus.</summary>
    Drop,

    /// <summary>It stays, with tokens to suppress in training.</summary>
    Mask,

    /// <summary>It stays, with a weight in training.</summary>
    Weight,
}
