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
