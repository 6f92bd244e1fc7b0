namespace Tda.Scoring.Index.Shards;

/// <summary>What one stored row looks like.</summary>
public sealed class StoreLayout
{
    /// <summary>A layout.</summary>
    /// <param name="modules">The modules' shapes, in the order of their gradients.</param>
    /// <param name="storage">How numbers are kept.</param>
    /// <param name="factorRank">LoRIF: factors a module, at least 1.</param>
    public StoreLayout(IReadOnlyList<ModuleRanks> modules, StorageType storage, int factorRank = 1)
    {
        (Modules, Storage, FactorRank) = (modules, storage, factorRank);
        Length = modules.Sum(m => m.Length);
        Numbers = storage == StorageType.Lorif ? modules.Sum(m => m.FactorLength(factorRank)) : Length;
        RowBytes = Numbers * storage switch { StorageType.Int8 => sizeof(sbyte), StorageType.Float16 => 2, _ => sizeof(float) };
        ScaleCount = storage == StorageType.Int8 ? modules.Count : 0;
    }

    /// <summary>The modules' shapes.</summary>
    public IReadOnlyList<ModuleRanks> Modules { get; }

    /// <summary>How numbers are kept.</summary>
    public StorageType Storage { get; }

    /// <summary>LoRIF's c.</summary>
    public int FactorRank { get; }

    /// <summary>D: numbers of a projected gradient.</summary>
    public int Length { get; }

    /// <summary>Numbers kept of a row.</summary>
    public int Numbers { get; }

    /// <summary>Bytes of a row in its shard.</summary>
    public int RowBytes { get; }

    /// <summary>Scales of a row beside it: int8 has one a module.</summary>
    public int ScaleCount { get; }

    /// <summary>The layout of a projector's rows.</summary>
    public static StoreLayout Of(Projector projector, StorageType storage, int factorRank = 1) =>
        new([.. projector.Projections.Select(p => new ModuleRanks(p.OutputRank, p.InputRank))], storage, factorRank);
}

/// <summary>The shape of one module's projected gradient, row-major (k_o, k_i).</summary>
/// <param name="Output">k_o.</param>
/// <param name="Input">k_i.</param>
public sealed record ModuleRanks(int Output, int Input)
{
    /// <summary>k_o · k_i.</summary>
    public int Length => Output * Input;

    /// <summary>Numbers that rank-c factors of it take: c (k_o + k_i), c at most the smaller side.</summary>
    public int FactorLength(int rank) => FactorRank(rank) * (Output + Input);

    /// <summary>The rank that is kept when <paramref name="rank"/> is asked for.</summary>
    public int FactorRank(int rank) => Math.Min(rank, Math.Min(Output, Input));
}

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
