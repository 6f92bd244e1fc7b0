namespace Tda.Scoring.Methods;

/// <summary>What a document's own size is allowed to do to its score. Self-influence is <c>g_mᵀ(G + λI)⁻¹g_m</c>.</summary>
public enum Normalisation
{
    /// <summary>The score as it is, in nats × N.</summary>
    None,

    /// <summary>
    /// RelatIF (Barshan et al. 2020, 2003.11630): divided by √self-influence, so that outliers and long documents don't top every
    /// list. The better choice for single queries.
    /// </summary>
    RelatIf,

    /// <summary>Divided by √(self-influence of the document × that of the query): a cosine in the curvature's metric.</summary>
    Cosine,

    /// <summary>Less half of the self-influence.</summary>
    HalfSelf,
}
