using Tda.Scoring.Indexing;
using Tda.Scoring.Projection;

namespace Tda.Scoring.Stores;

/// <summary>What one stored row looks like.</summary>
public sealed class StoreLayout
{
    /// <summary>A layout.</summary>
    /// <param name="modules">The modules' shapes, in the order of their gradients.</param>
    /// <param name="storage">How numbers are kept.</param>
    /// <param name="factorRank">LoRIF: factors a module, at least 1.</param>
    public StoreLayout(IReadOnlyList<ModuleRanks> modules, StorageType storage, int factorRank = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factorRank, 1);
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

    /// <summary>Bytes of a row in all files of numbers: the shard, scales, document and checksum.</summary>
    public int BytesPerRow => RowBytes + (ScaleCount * sizeof(float)) + sizeof(int) + sizeof(uint);

    /// <summary>One module of D numbers, for shards that were written without shapes.</summary>
    public static StoreLayout Plain(int length, StorageType storage) => new([new ModuleRanks(1, length)], storage);

    /// <summary>The layout of a projector's rows.</summary>
    public static StoreLayout Of(Projector projector, StorageType storage, int factorRank = 1) =>
        new([.. projector.Projections.Select(p => new ModuleRanks(p.OutputRank, p.InputRank))], storage, factorRank);
}
