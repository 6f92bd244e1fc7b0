using Tda.Core.Exchanges;

namespace Tda.Store;

/// <summary>The log of exchanges. Safe for concurrent use; an exchange is written once and never changed.</summary>
public interface IExchangeStore : IAsyncDisposable
{
    /// <summary>Where the log is, for people: a path or a server, without credentials.</summary>
    string Location { get; }

    /// <summary>Writes one exchange; returns when it is as durable as the store was opened for. An id already there is left as it is.</summary>
    Task AppendAsync(Exchange exchange, CancellationToken cancellationToken = default);

    /// <summary>
    /// Writes several in one transaction, with the counters of the gateways' runs as they stand; all or none. Ids that are
    /// there already, or were erased, are passed over.
    /// </summary>
    /// <exception cref="TdaException">
    /// The store can't be written, or can't take one of them; nothing of the batch is stored. Append them one by one to keep the others.
    /// </exception>
    Task AppendAsync(IReadOnlyList<Exchange> exchanges, IReadOnlyList<GatewaySession> sessions, CancellationToken cancellationToken = default);

    /// <summary>
    /// Returns once the disk has all that was appended before the call, also where the store was not opened as
    /// <see cref="ExchangeStoreOptions.Synced"/>: one sync for many appends.
    /// </summary>
    /// <exception cref="TdaException">The disk did not take it.</exception>
    Task SyncAsync(CancellationToken cancellationToken = default);

    /// <summary>Lists summaries in keyset order (time, then arrival): no matter how long the log is, each page costs the same.</summary>
    IAsyncEnumerable<ExchangeSummary> ListAsync(ExchangeFilter filter, CancellationToken cancellationToken = default);

    /// <summary>Reads whole exchanges, bodies and all, in the filter's order, some megabytes at a time.</summary>
    IAsyncEnumerable<Exchange> ReadAsync(ExchangeFilter filter, CancellationToken cancellationToken = default);

    /// <summary>As <see cref="ReadAsync"/>, with each exchange's place.</summary>
    IAsyncEnumerable<PlacedExchange> ReadPlacedAsync(ExchangeFilter filter, CancellationToken cancellationToken = default);

    /// <summary>Reads every exchange by gateway run and sequence number, then those without, as a check of the record needs them.</summary>
    IAsyncEnumerable<Exchange> ReadRecordAsync(CancellationToken cancellationToken = default);

    /// <summary>One exchange, or null.</summary>
    Task<Exchange?> GetAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Counts what matches the filter; cursor and limit play no part. Reads every match: not for pages.</summary>
    Task<ExchangeCounts> CountAsync(ExchangeFilter filter, CancellationToken cancellationToken = default);

    /// <summary>Counts what matches the filter, but stops at <paramref name="most"/>: for pages.</summary>
    Task<long> CountUpToAsync(ExchangeFilter filter, int most, CancellationToken cancellationToken = default);

    /// <summary>Inserts or updates a gateway's run.</summary>
    Task SaveSessionAsync(GatewaySession session, CancellationToken cancellationToken = default);

    /// <summary>Every gateway run, oldest first.</summary>
    Task<IReadOnlyList<GatewaySession>> SessionsAsync(CancellationToken cancellationToken = default);

    /// <summary>Exchanges in the log by the gateway run that recorded them.</summary>
    Task<IReadOnlyDictionary<string, long>> CountBySessionAsync(CancellationToken cancellationToken = default);

    /// <summary>What is left of a gateway run's removed exchanges.</summary>
    Task<SessionRemains> RemainsAsync(string sessionId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Removes an exchange with its bodies (unless another uses the same content), words, tags and feedback, and leaves a
    /// tombstone and an audit entry; <see cref="TidyAsync"/> ends it. Returns the tombstone, also of an earlier erasure; null when there is no such exchange.
    /// </summary>
    Task<Tombstone?> EraseAsync(string id, string reason, string by, CancellationToken cancellationToken = default);

    /// <summary>
    /// Removes up to <paramref name="most"/> of the oldest exchanges that began before a time, in one short transaction, and
    /// returns how many. Call it until it returns 0, and <see cref="TidyAsync"/> then.
    /// </summary>
    Task<int> PruneAsync(DateTimeOffset before, int most, CancellationToken cancellationToken = default);

    /// <summary>
    /// Takes what is left of removed exchanges (single words in indexes, old pages in the database's own log) out of the
    /// store, as far as that is in the program's hands. Appends go on meanwhile.
    /// </summary>
    Task TidyAsync(CancellationToken cancellationToken = default);

    /// <summary>Adds feedback.</summary>
    /// <returns>False when there is no such exchange.</returns>
    /// <exception cref="ArgumentException">The feedback has <see cref="Feedback.Errors"/>.</exception>
    Task<bool> AddFeedbackAsync(Feedback feedback, CancellationToken cancellationToken = default);

    /// <summary>An exchange's feedback, oldest first.</summary>
    Task<IReadOnlyList<Feedback>> FeedbackAsync(string exchangeId, CancellationToken cancellationToken = default);

    /// <summary>Adds to the audit; the store gives the number.</summary>
    Task AuditAsync(AuditEntry entry, CancellationToken cancellationToken = default);

    /// <summary>Up to <paramref name="limit"/> entries of the audit, newest first, before a number when one is given.</summary>
    Task<IReadOnlyList<AuditEntry>> AuditsAsync(long? before = null, int limit = 50, CancellationToken cancellationToken = default);
}

/// <summary>How many exchanges the log holds.</summary>
/// <param name="Total">Exchanges that match the filter.</param>
/// <param name="ByState">The same by terminal state; states without any are absent.</param>
public sealed record ExchangeCounts(long Total, IReadOnlyDictionary<TerminalState, long> ByState);

/// <summary>An exchange and its place in the log's order, from which reading can go on.</summary>
public sealed record PlacedExchange(ExchangeCursor Cursor, Exchange Exchange);
