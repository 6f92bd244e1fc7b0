namespace Tda.Store;

/// <summary>Removes from the log. Appends go on meanwhile.</summary>
public interface IExchangeMaintenance
{
    /// <summary>
    /// Removes an exchange with its bodies (unless another uses the same content), words, tags and feedback, and leaves a
    /// tombstone and an audit entry; <see cref="TidyAsync"/> ends it. Returns the tombstone, also of an earlier erasure; null
    /// when there is no such exchange.
    /// </summary>
    Task<Tombstone?> EraseAsync(string id, string reason, string by, CancellationToken cancellationToken = default);

    /// <summary>
    /// Removes up to <paramref name="most"/> of the oldest exchanges that began before a time, in one short transaction, and
    /// returns how many. Call it until it returns 0, and <see cref="TidyAsync"/> then.
    /// </summary>
    Task<int> PruneAsync(DateTimeOffset before, int most, CancellationToken cancellationToken = default);

    /// <summary>
    /// Takes what is left of removed exchanges (single words in indexes, old pages in the database's own log) out of the
    /// store, as far as that is in the program's hands.
    /// </summary>
    Task TidyAsync(CancellationToken cancellationToken = default);
}

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
