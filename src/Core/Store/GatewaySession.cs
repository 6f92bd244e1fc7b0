namespace Tda.Core.Store;

/// <summary>One run of a gateway, with the counters that prove that nothing was lost.</summary>
/// <remarks>Once stopped: forwarded = recorded + spooled + dropped. Before: what is missing is in flight, or was when the process died.</remarks>
public sealed record GatewaySession
{
    /// <summary>The run's id.</summary>
    public required string Id { get; init; }

    /// <summary>When it started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it stopped in good order; null while it runs, or when it was killed.</summary>
    public DateTimeOffset? StoppedAt { get; init; }

    /// <summary>The durability it promised: <c>memory</c>, <c>written</c> or <c>synced</c>.</summary>
    public required string Durability { get; init; }

    /// <summary>Requests it took on behalf of the upstream.</summary>
    public long Forwarded { get; init; }

    /// <summary>Exchanges that went to the spool, since the store failed.</summary>
    public long Spooled { get; init; }

    /// <summary>Exchanges that neither the store nor the spool could take.</summary>
    public long Dropped { get; init; }
}
