using Tda.Scoring.Stores.Shards;

namespace Tda.Scoring.Lifecycle;

/// <summary>What checking an index found.</summary>
/// <param name="Directory">The index.</param>
/// <param name="Files">Files whose hashes were compared.</param>
/// <param name="Shards">Shards whose rows were checked.</param>
/// <param name="Rows">Rows checked.</param>
/// <param name="Faults">Damage, shard by shard; shard -1 for files that belong to none.</param>
public sealed record IndexVerification(string Directory, int Files, int Shards, long Rows, IReadOnlyList<ShardFault> Faults);
