namespace Tda.Store;

/// <summary>What an erased exchange leaves: proof that it was there, nothing of what it said.</summary>
public sealed record Tombstone
{
    /// <summary>The erased exchange's id; an exchange with this id is not taken again.</summary>
    public required string Id { get; init; }

    /// <summary>Its gateway run.</summary>
    public string? SessionId { get; init; }

    /// <summary>Its place in that run's record.</summary>
    public long? Sequence { get; init; }

    /// <summary>SHA-256 of its envelope, lower-case hex, with which the run's chain goes on; null without a sequence number.</summary>
    public string? Digest { get; init; }

    /// <summary>When it was erased.</summary>
    public required DateTimeOffset ErasedAt { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>Who asked for it.</summary>
    public string? By { get; init; }
}

/// <summary>What is left of a gateway run's removed exchanges.</summary>
/// <param name="Tombstones">The erased ones, by sequence number; those without one come first.</param>
/// <param name="Pruned">The ranges that retention removed, in order.</param>
/// <param name="PrunedUnnumbered">Exchanges without a sequence number that retention removed.</param>
public sealed record SessionRemains(IReadOnlyList<Tombstone> Tombstones, IReadOnlyList<PrunedRange> Pruned, long PrunedUnnumbered);

/// <summary>Sequence numbers of a gateway run that retention removed.</summary>
/// <param name="First">The first one.</param>
/// <param name="Last">The last one.</param>
/// <param name="Chain">The chain's link after the last, from which the run's chain goes on.</param>
public sealed record PrunedRange(long First, long Last, string? Chain);
