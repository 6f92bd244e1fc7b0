namespace Tda.Scoring.Stores.Shards;

/// <summary>Names of a shard's files.</summary>
internal static class ShardNames
{
    /// <summary>The numbers; written last: a shard is there when this is.</summary>
    public static string Numbers(int shard) => $"shard-{shard:D5}.npy";

    /// <summary>int8: float32 (rows, modules).</summary>
    public static string Scales(int shard) => $"scales-{shard:D5}.npy";

    /// <summary>Each row's document, int32: what scoring needs of the rows, without parsing text.</summary>
    public static string Documents(int shard) => $"documents-{shard:D5}.npy";

    /// <summary>Each row's CRC-32C, uint32.</summary>
    public static string Checksums(int shard) => $"checksums-{shard:D5}.npy";

    /// <summary>Ids and token ranges.</summary>
    public static string Rows(int shard) => $"rows-{shard:D5}.jsonl";

    /// <summary>Documents set apart.</summary>
    public static string Excluded(int shard) => $"excluded-{shard:D5}.jsonl";

    /// <summary>A few rows as they were before they were rounded, float32.</summary>
    public static string Sample(int shard) => $"sample-{shard:D5}.npy";

    /// <summary>All files that a shard may have, <see cref="Numbers"/> last.</summary>
    public static IEnumerable<string> All(int shard) =>
        [Excluded(shard), Rows(shard), Documents(shard), Scales(shard), Sample(shard), Checksums(shard), Numbers(shard)];
}
