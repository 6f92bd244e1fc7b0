using System.Data.Common;
using Tda.Core.Exchanges;

namespace Tda.Store.Sql;

/// <summary>The log in a SQL database, put together from parts by concern.</summary>
internal sealed class SqlExchangeStore : IExchangeStore
{
    private readonly SqlAccess _access;
    private readonly SqlAppender _appender;
    private readonly SqlReader _reader;
    private readonly SqlErasure _erasure;
    private readonly SqlRetention _retention;
    private readonly SqlNotes _notes;

    private SqlExchangeStore(SqlAccess access, TimeProvider time)
    {
        _access = access;
        _appender = new(access);
        _reader = new(access);
        _erasure = new(access, _reader, time);
        _retention = new(access);
        _notes = new(access);
    }

    public string Location => _access.Dialect.Location;

    /// <summary>The connections, for tests that look at plans.</summary>
    internal SqlAccess Access => _access;

    public static async Task<SqlExchangeStore> OpenAsync(ISqlDialect dialect, TimeProvider time, CancellationToken cancellationToken)
    {
        DbConnection? writer = null;
        try
        {
            writer = await dialect.OpenAsync(writer: true, cancellationToken);
            await Migrator.MigrateAsync(writer, dialect, time, cancellationToken);
            if (!dialect.KeepsWriter)
            {
                await writer.DisposeAsync();
            }

            return new(new(dialect, dialect.KeepsWriter ? writer : null), time);
        }
        catch (Exception error)
        {
            if (writer is not null)
            {
                await writer.DisposeAsync();
            }

            await dialect.DisposeAsync();
            if (error is DbException cause)
            {
                throw new TdaException($"the log {dialect.Location} can't be opened: {dialect.Explain(cause) ?? cause.Message}.", cause);
            }

            throw;
        }
    }

    public Task AppendAsync(Exchange exchange, CancellationToken cancellationToken = default) => AppendAsync([exchange], [], cancellationToken);

    public Task AppendAsync(IReadOnlyList<Exchange> exchanges, IReadOnlyList<GatewaySession> sessions, CancellationToken cancellationToken = default) =>
        _appender.AppendAsync(exchanges, sessions, cancellationToken);

    public IAsyncEnumerable<ExchangeSummary> ListAsync(ExchangeFilter filter, CancellationToken cancellationToken = default) =>
        _reader.ListAsync(filter, cancellationToken);

    public IAsyncEnumerable<Exchange> ReadAsync(ExchangeFilter filter, CancellationToken cancellationToken = default) =>
        _reader.ReadAsync(filter, cancellationToken).Select(placed => placed.Exchange);

    public IAsyncEnumerable<PlacedExchange> ReadPlacedAsync(ExchangeFilter filter, CancellationToken cancellationToken = default) =>
        _reader.ReadAsync(filter, cancellationToken);

    public IAsyncEnumerable<Exchange> ReadRecordAsync(CancellationToken cancellationToken = default) =>
        _reader.ReadRecordAsync(cancellationToken).Select(placed => placed.Exchange);

    public Task<Exchange?> GetAsync(string id, CancellationToken cancellationToken = default) => _reader.GetAsync(id, cancellationToken);

    public Task<ExchangeCounts> CountAsync(ExchangeFilter filter, CancellationToken cancellationToken = default) =>
        _reader.CountAsync(filter, cancellationToken);

    public Task<long> CountUpToAsync(ExchangeFilter filter, int most, CancellationToken cancellationToken = default) =>
        _reader.CountUpToAsync(filter, most, cancellationToken);

    public Task SaveSessionAsync(GatewaySession session, CancellationToken cancellationToken = default) =>
        _appender.SaveAsync(session, cancellationToken);

    public async Task<IReadOnlyList<GatewaySession>> SessionsAsync(CancellationToken cancellationToken = default) =>
        [.. (await _access.ListAsync<SessionRow>(Statements.SelectSessions, null, cancellationToken)).Select(row => row.ToSession())];

    public async Task<IReadOnlyDictionary<string, long>> CountBySessionAsync(CancellationToken cancellationToken = default) =>
        (await _access.ListAsync<(string Id, long Count)>(Statements.SessionCounts, null, cancellationToken)).ToDictionary(row => row.Id, row => row.Count);

    public async Task<SessionRemains> RemainsAsync(string sessionId, CancellationToken cancellationToken = default)
    {
        var (ranges, unnumbered) = await _retention.OfSessionAsync(sessionId, cancellationToken);
        return new(await _erasure.OfSessionAsync(sessionId, cancellationToken), ranges, unnumbered);
    }

    public Task<Tombstone?> EraseAsync(string id, string reason, string by, CancellationToken cancellationToken = default) =>
        _erasure.EraseAsync(id, reason, by, cancellationToken);

    public Task<int> PruneAsync(DateTimeOffset before, int most, CancellationToken cancellationToken = default) =>
        _retention.PruneAsync(before, most, cancellationToken);

    public Task SyncAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            _access.Dialect.Sync();
            return Task.CompletedTask;
        }
        catch (IOException error)
        {
            throw new TdaException($"the log {Location} can't be made durable: {error.Message}", error);
        }
    }

    public Task TidyAsync(CancellationToken cancellationToken = default) => _retention.TidyAsync(cancellationToken);

    public Task<bool> AddFeedbackAsync(Feedback feedback, CancellationToken cancellationToken = default) => _notes.AddAsync(feedback, cancellationToken);

    public Task<IReadOnlyList<Feedback>> FeedbackAsync(string exchangeId, CancellationToken cancellationToken = default) =>
        _notes.FeedbackAsync(exchangeId, cancellationToken);

    public Task AuditAsync(AuditEntry entry, CancellationToken cancellationToken = default) => _notes.AuditAsync(entry, cancellationToken);

    public Task<IReadOnlyList<AuditEntry>> AuditsAsync(long? before = null, int limit = 50, CancellationToken cancellationToken = default) =>
        _notes.AuditsAsync(before, limit, cancellationToken);

    public ValueTask DisposeAsync() => _access.DisposeAsync();
}
