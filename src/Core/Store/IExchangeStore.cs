using Tda.Core.Exchanges;

namespace Tda.Core.Store;

/// <summary>The log of exchanges. Safe for concurrent use; an exchange is written once and never changed.</summary>
public interface IExchangeStore : IAsyncDisposable
{
    /// <summary>Where the log is, for people: a path or a server, without credentials.</summary>
    string Location { get; }

    /// <summary>Writes one exchange; returns when it is as durable as the store was opened for. An id already there is left as it is.</summary>
    Task AppendAsync(Exchange exchange, CancellationToken cancellationToken = default);

    /// <summary>Writes several in one transaction, with the counters of the gateways' runs as they stand; all or none.</summary>
    Task AppendAsync(IReadOnlyList<Exchange> exchanges, IReadOnlyList<GatewaySession> sessions, CancellationToken cancellationToken = default);

    /// <summary>Lists summaries in keyset order: no matter how long the log is, each page costs the same.</summary>
    IAsyncEnumerable<ExchangeSummary> ListAsync(ExchangeFilter filter, CancellationToken cancellationToken = default);

    /// <summary>Reads whole exchanges, bodies and all, in the filter's order.</summary>
    IAsyncEnumerable<Exchange> ReadAsync(ExchangeFilter filter, CancellationToken cancellationToken = default);

    /// <summary>One exchange, or null.</summary>
    Task<Exchange?> GetAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Counts what matches the filter; cursor and limit play no part.</summary>
    Task<ExchangeCounts> CountAsync(ExchangeFilter filter, CancellationToken cancellationToken = default);

    /// <summary>Inserts or updates a gateway's run.</summary>
    Task SaveSessionAsync(GatewaySession session, CancellationToken cancellationToken = default);

    /// <summary>Every gateway run, oldest first.</summary>
    Task<IReadOnlyList<GatewaySession>> SessionsAsync(CancellationToken cancellationToken = default);

    /// <summary>Exchanges in the log by the gateway run that recorded them.</summary>
    Task<IReadOnlyDictionary<string, long>> CountBySessionAsync(CancellationToken cancellationToken = default);
}
