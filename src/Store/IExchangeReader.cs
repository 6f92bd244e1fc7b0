namespace Tda.Store;

/// <summary>Reads the log. Safe for concurrent use.</summary>
public interface IExchangeReader
{
    /// <summary>Lists summaries in keyset order (time, then arrival): no matter how long the log is, each page costs the same.</summary>
    IAsyncEnumerable<ExchangeSummary> ListAsync(ExchangeFilter filter, CancellationToken cancellationToken = default);

    /// <summary>Reads whole exchanges, bodies and all, in the filter's order, some megabytes at a time.</summary>
    IAsyncEnumerable<Exchange> ReadAsync(ExchangeFilter filter, CancellationToken cancellationToken = default) =>
        ReadPlacedAsync(filter, cancellationToken).Select(placed => placed.Exchange);

    /// <summary>As <see cref="ReadAsync"/>, with each exchange's place.</summary>
    IAsyncEnumerable<PlacedExchange> ReadPlacedAsync(ExchangeFilter filter, CancellationToken cancellationToken = default);

    /// <summary>Reads every exchange by gateway run and sequence number, then those without, as a check of the record needs them.</summary>
    IAsyncEnumerable<Exchange> ReadRecordAsync(CancellationToken cancellationToken = default);

    /// <summary>One exchange, or null.</summary>
    Task<Exchange?> GetAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Up to <paramref name="most"/> ids that begin so, in their order. Looks through all ids.</summary>
    Task<IReadOnlyList<string>> IdsAsync(string prefix, int most, CancellationToken cancellationToken = default);

    /// <summary>Counts what matches the filter; cursor and limit play no part. Reads every match: not for pages.</summary>
    Task<ExchangeCounts> CountAsync(ExchangeFilter filter, CancellationToken cancellationToken = default);

    /// <summary>Counts what matches the filter, but stops at <paramref name="most"/>: for pages.</summary>
    Task<long> CountUpToAsync(ExchangeFilter filter, int most, CancellationToken cancellationToken = default);

    /// <summary>What the exchanges that match the filter used, added up by key, model and tags; cursor and limit play no part. Reads every match.</summary>
    Task<IReadOnlyList<UsageSum>> UsageAsync(ExchangeFilter filter, CancellationToken cancellationToken = default);

    /// <summary>Every gateway run, oldest first.</summary>
    Task<IReadOnlyList<GatewaySession>> SessionsAsync(CancellationToken cancellationToken = default);

    /// <summary>What is left of a gateway run's removed exchanges.</summary>
    Task<SessionRemains> RemainsAsync(string sessionId, CancellationToken cancellationToken = default);

    /// <summary>An exchange's feedback, oldest first.</summary>
    Task<IReadOnlyList<Feedback>> FeedbackAsync(string exchangeId, CancellationToken cancellationToken = default);

    /// <summary>Up to <paramref name="limit"/> entries of the audit, newest first, before a number when one is given.</summary>
    Task<IReadOnlyList<AuditEntry>> AuditsAsync(long? before = null, int limit = 50, CancellationToken cancellationToken = default);
}

/// <summary>How many exchanges the log holds.</summary>
/// <param name="Total">Exchanges that match the filter.</param>
/// <param name="ByState">The same by terminal state; states without any are absent.</param>
public sealed record ExchangeCounts(long Total, IReadOnlyDictionary<TerminalState, long> ByState);

/// <summary>An exchange and its place in the log's order, from which reading can go on.</summary>
public sealed record PlacedExchange(ExchangeCursor Cursor, Exchange Exchange);

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
