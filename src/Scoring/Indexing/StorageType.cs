namespace Tda.Scoring.Indexing;

/// <summary>Element type of stored projected gradients.</summary>
public enum StorageType
{
    /// <summary>Half the space; a document with a value above 65,504 is set apart.</summary>
    Float16,

    /// <summary>Single precision.</summary>
    Float32,
}
