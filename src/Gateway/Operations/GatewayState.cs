namespace Tda.Gateway.Operations;

/// <summary>
/// A gateway's counters and its spool's state at one moment: what health, pages and metrics show. Counters run from the
/// process's start, or take over what an earlier process left pending.
/// </summary>
public sealed record GatewayState
{
    /// <summary>Requests taken on behalf of the upstream.</summary>
    public required long Forwarded { get; init; }

    /// <summary>Exchanges in the store.</summary>
    public required long Recorded { get; init; }

    /// <summary>Exchanges in the spool that the store does not have yet.</summary>
    public required long Pending { get; init; }

    /// <summary>Requests under way, counted by themselves: not what is left of the others.</summary>
    public required long InFlight { get; init; }

    /// <summary>Exchanges that were forwarded and not recorded, by cause, e.g. <c>sampled_out</c>, <c>opt_out</c>, <c>spool_failed</c>.</summary>
    public IReadOnlyDictionary<string, long> Drops { get; init; } = new Dictionary<string, long>();

    /// <summary>Requests that were not forwarded, by cause, e.g. <c>spool_full</c>, <c>rate_limit</c>; they are not part of the equation.</summary>
    public IReadOnlyDictionary<string, long> Refusals { get; init; } = new Dictionary<string, long>();

    /// <summary>Bytes of the pending exchanges in the spool.</summary>
    public long PendingBytes { get; init; }

    /// <summary>When the oldest pending exchange was spooled; null when none is pending.</summary>
    public DateTimeOffset? OldestPending { get; init; }

    /// <summary>Segment files of the spool.</summary>
    public int SpoolSegments { get; init; }

    /// <summary>Bytes that the spool takes on the disk.</summary>
    public long SpoolBytes { get; init; }

    /// <summary>Runs before this one whose spool is still to be brought into the store.</summary>
    public int SessionsToRecover { get; init; }

    /// <summary>Damaged places found in the spool.</summary>
    public int SpoolFaults { get; init; }

    /// <summary>Writes to the store that failed.</summary>
    public long StoreErrors { get; init; }

    /// <summary>Whether new requests are refused, since nothing more can be recorded.</summary>
    public bool Refusing { get; init; }

    /// <summary>The last failure of store or spool, while it lasts.</summary>
    public string? Failure { get; init; }

    /// <summary>When the last failure of store or spool was, whether it lasts or not; null when there was none.</summary>
    public DateTimeOffset? FailedAt { get; init; }

    /// <summary>When an exchange was last dropped against the owner's will; null when none was.</summary>
    public DateTimeOffset? LastGap { get; init; }

    /// <summary>All declared drops.</summary>
    public long Dropped => Drops.Values.Sum();

    /// <summary>Forwarded − (recorded + pending + dropped + in flight): exchanges lost without being declared. Must be 0.</summary>
    public long Difference => Forwarded - Recorded - Pending - Dropped - InFlight;
}
