namespace Tda.Store;

/// <summary>One run of a gateway, with the counters that prove that nothing was lost.</summary>
/// <remarks>
/// forwarded = recorded (the exchanges of this session in the store) + pending (in its spool) + declared drops + in flight.
/// Once stopped nothing is in flight; before, what is missing is, or was when the process died.
/// </remarks>
public sealed record GatewaySession
{
    /// <summary>The cause of drops that the store refused for what they are, see <see cref="StoreRefusal"/>.</summary>
    public const string RefusedCause = "store_refused";

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

    /// <summary>Exchanges that were written to its spool: the last one's sequence number.</summary>
    public long Spooled { get; init; }

    /// <summary>The hash chain's link after the last spooled exchange, lower-case hex; null before the first.</summary>
    public string? ChainHead { get; init; }

    /// <summary>Forwarded requests that were declared not to be recorded, by cause, e.g. <c>opt_out</c>, <c>spool_full</c>.</summary>
    public IReadOnlyDictionary<string, long> Drops { get; init; } = new Dictionary<string, long>();

    /// <summary>All declared drops.</summary>
    public long Dropped => Drops.Values.Sum();

    /// <summary>Those that were spooled, and so have a number, before the store refused them; all others never had one.</summary>
    internal long Refused => Drops.GetValueOrDefault(RefusedCause);
}
