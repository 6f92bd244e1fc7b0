namespace Tda.Store;

/// <summary>What is left of a gateway run's removed exchanges.</summary>
/// <param name="Tombstones">The erased ones, by sequence number; those without one come first.</param>
/// <param name="Pruned">The ranges that retention removed, in order.</param>
/// <param name="PrunedUnnumbered">Exchanges without a sequence number that retention removed.</param>
public sealed record SessionRemains(IReadOnlyList<Tombstone> Tombstones, IReadOnlyList<PrunedRange> Pruned, long PrunedUnnumbered);
