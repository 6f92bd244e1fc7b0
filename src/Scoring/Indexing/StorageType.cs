namespace Tda.Scoring.Indexing;

/// <summary>How projected gradients are stored. What rounding costs is measured when an index is made.</summary>
public enum StorageType
{
    /// <summary>Half the space; a document with a value above 65,504 is set apart.</summary>
    Float16,

    /// <summary>Single precision.</summary>
    Float32,

    /// <summary>A quarter of the space: steps of max|x|/127 for each row and layer.</summary>
    Int8,

    /// <summary>LoRIF: rank-c factors of every row and layer, float32, with curvature by randomised SVD.</summary>
    Lorif,
}
