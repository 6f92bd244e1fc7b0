namespace Tda.Scoring.Stores.Shards;

/// <summary>Where a shard is damaged.</summary>
/// <param name="Shard">Its number.</param>
/// <param name="Path">The file.</param>
/// <param name="Offset">The first bad byte's row, in bytes from the file's start; null where the whole file is meant.</param>
/// <param name="Reason">What is wrong.</param>
public sealed record ShardFault(int Shard, string Path, long? Offset, string Reason);
