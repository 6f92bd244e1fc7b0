using System.Data.Common;
using System.Runtime.CompilerServices;
using Dapper;
using Tda.Core.Errors;
using Tda.Core.Exchanges;

namespace Tda.Core.Store.Sql;

/// <summary>The log in a SQL database: one connection writes, as many as needed read.</summary>
internal sealed class SqlExchangeStore : IExchangeStore
{
    private const int PageSize = 200;

    private readonly ISqlDialect _dialect;
    private readonly DbConnection _writer;
    private readonly SemaphoreSlim _turn = new(1, 1);

    private SqlExchangeStore(ISqlDialect dialect, DbConnection writer)
    {
        _dialect = dialect;
        _writer = writer;
    }

    public string Location => _dialect.Location;

    public static async Task<SqlExchangeStore> OpenAsync(ISqlDialect dialect, TimeProvider time, CancellationToken cancellationToken)
    {
        DbConnection? writer = null;
        try
        {
            writer = await dialect.OpenAsync(writer: true, cancellationToken);
            await Migrator.MigrateAsync(writer, dialect, time, cancellationToken);
            return new(dialect, writer);
        }
        catch (Exception error)
        {
            if (writer is not null)
            {
                await writer.DisposeAsync();
            }

            dialect.Dispose();
            if (error is DbException cause)
            {
                throw new TdaException($"the log {dialect.Location} can't be opened: {dialect.Explain(cause) ?? cause.Message}.", cause);
            }

            throw;
        }
    }

    public Task AppendAsync(Exchange exchange, CancellationToken cancellationToken = default) => AppendAsync([exchange], [], cancellationToken);

    public Task AppendAsync(IReadOnlyList<Exchange> exchanges, IReadOnlyList<GatewaySession> sessions, CancellationToken cancellationToken = default) =>
        WriteAsync(
            async transaction =>
            {
                foreach (var exchange in exchanges)
                {
                    await InsertAsync(exchange, transaction);
                }

                foreach (var session in sessions)
                {
                    await _writer.ExecuteAsync(Statements.SaveSession, SessionRow.From(session), transaction);
                }
            },
            cancellationToken);

    public Task SaveSessionAsync(GatewaySession session, CancellationToken cancellationToken = default) =>
        WriteAsync(transaction => _writer.ExecuteAsync(Statements.SaveSession, SessionRow.From(session), transaction), cancellationToken);

    public async IAsyncEnumerable<ExchangeSummary> ListAsync(ExchangeFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var cursor = filter.After;
        var left = filter.Limit ?? int.MaxValue;
        while (left > 0)
        {
            // A connection per page: a reader that stays open for hours would keep the WAL from being checkpointed.
            var wanted = Math.Min(left, PageSize);
            var page = await PageAsync(filter, cursor, wanted, cancellationToken);
            foreach (var row in page)
            {
                yield return row.ToSummary();
            }

            if (page.Count < wanted)
            {
                yield break;
            }

            left -= page.Count;
            cursor = page[^1].ToSummary().Cursor;
        }
    }

    public async IAsyncEnumerable<Exchange> ReadAsync(ExchangeFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // One whole exchange in memory at a time: bodies may be large.
        await foreach (var summary in ListAsync(filter, cancellationToken))
        {
            if (await GetAsync(summary.Id, cancellationToken) is { } exchange)
            {
                yield return exchange;
            }
        }
    }

    public async Task<Exchange?> GetAsync(string id, CancellationToken cancellationToken = default)
    {
        var row = await QueryAsync(c => c.QuerySingleOrDefaultAsync<ExchangeRow>(Command(Statements.SelectExchange, new { id }, cancellationToken)), cancellationToken);
        return row?.ToExchange();
    }

    public async Task<ExchangeCounts> CountAsync(ExchangeFilter filter, CancellationToken cancellationToken = default)
    {
        var sql = new FilterSql(filter, _dialect);
        var rows = await QueryAsync(
            c => c.QueryAsync<(string State, long Count)>(Command(Statements.CountByState(sql.Where), sql.Parameters, cancellationToken)),
            cancellationToken);
        var byState = rows.ToDictionary(row => ExchangeRow.StateOf(row.State, "(count)"), row => row.Count);
        return new(byState.Values.Sum(), byState);
    }

    public async Task<IReadOnlyList<GatewaySession>> SessionsAsync(CancellationToken cancellationToken = default)
    {
        var rows = await QueryAsync(c => c.QueryAsync<SessionRow>(Command(Statements.SelectSessions, null, cancellationToken)), cancellationToken);
        return [.. rows.Select(row => row.ToSession())];
    }

    public async Task<IReadOnlyDictionary<string, long>> CountBySessionAsync(CancellationToken cancellationToken = default)
    {
        var rows = await QueryAsync(
            c => c.QueryAsync<(string Id, long Count)>(Command(Statements.SessionCounts, null, cancellationToken)),
            cancellationToken);
        return rows.ToDictionary(row => row.Id, row => row.Count);
    }

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        await _writer.DisposeAsync();
        _dialect.Dispose();
        _turn.Dispose();
    }

    private static CommandDefinition Command(string sql, object? parameters, CancellationToken cancellationToken) =>
        new(sql, parameters, cancellationToken: cancellationToken);

    private async Task<List<SummaryRow>> PageAsync(ExchangeFilter filter, ExchangeCursor? cursor, int size, CancellationToken cancellationToken)
    {
        var sql = new FilterSql(filter, _dialect);
        if (cursor is { } after)
        {
            sql.GoOnAfter(after, filter.OldestFirst);
        }

        sql.Parameters.Add("preview", ExchangeSummary.PreviewLength);
        sql.Parameters.Add("page", size);
        var rows = await QueryAsync(
            c => c.QueryAsync<SummaryRow>(Command(Statements.SelectSummaries(sql.Where, filter.OldestFirst), sql.Parameters, cancellationToken)),
            cancellationToken);
        return rows.AsList();
    }

    private async Task InsertAsync(Exchange exchange, DbTransaction transaction)
    {
        var row = ExchangeRow.From(exchange);
        await _writer.ExecuteAsync(Statements.InsertBlob, new { key = row.RequestBlob, bytes = row.RequestBytes }, transaction);
        await _writer.ExecuteAsync(Statements.InsertBlob, new { key = row.ResponseBlob, bytes = row.ResponseBytes }, transaction);
        await _writer.ExecuteAsync(Statements.InsertExchange, row, transaction);
        foreach (var (name, value) in exchange.Tags)
        {
            await _writer.ExecuteAsync(Statements.InsertTag, new { id = row.Id, name, value }, transaction);
        }
    }

    private async Task WriteAsync(Func<DbTransaction, Task> write, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await using var transaction = await _writer.BeginTransactionAsync(cancellationToken);
            await write(transaction);
            await transaction.CommitAsync(cancellationToken);
        }
        catch (DbException error)
        {
            throw new TdaException($"the log {Location} can't be written: {_dialect.Explain(error) ?? error.Message}.", error);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<T> QueryAsync<T>(Func<DbConnection, Task<T>> query, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await _dialect.OpenAsync(writer: false, cancellationToken);
            return await query(connection);
        }
        catch (DbException error)
        {
            throw new TdaException($"the log {Location} can't be read: {_dialect.Explain(error) ?? error.Message}.", error);
        }
    }
}
