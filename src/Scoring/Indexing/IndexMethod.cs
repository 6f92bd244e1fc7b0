namespace Tda.Scoring.Indexing;

/// <summary>What an index holds.</summary>
public enum IndexMethod
{
    /// <summary>EK-FAC factors; documents' gradients are computed again when scoring.</summary>
    Ekfac,

    /// <summary>LoGra: every row's projected gradient, kept on disk, and their curvature.</summary>
    Logra,
}
