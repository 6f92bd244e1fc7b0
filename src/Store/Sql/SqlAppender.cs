using System.Data.Common;
using Dapper;
using Tda.Core.Exchanges;

namespace Tda.Store.Sql;

/// <summary>Appends batches: exactly once by id, each row at a place of its own.</summary>
internal sealed class SqlAppender(SqlAccess access)
{
    public Task AppendAsync(IReadOnlyList<Exchange> exchanges, IReadOnlyList<GatewaySession> sessions, CancellationToken cancellationToken)
    {
        // Rows are made before the turn is taken: what is slow in them is not done under the lock.
        var rows = exchanges.DistinctBy(exchange => exchange.Id).Select(ExchangeRow.From).ToList();
        SpreadPlaces(rows);
        return access.WriteAsync(
            async transaction =>
            {
                await InsertAsync(transaction, rows, cancellationToken);
                foreach (var session in sessions)
                {
                    await SaveAsync(transaction, session, cancellationToken);
                }

                return true;
            },
            cancellationToken);
    }

    public Task SaveAsync(GatewaySession session, CancellationToken cancellationToken) =>
        access.WriteAsync(transaction => SaveAsync(transaction, session, cancellationToken), cancellationToken);

    private static Task<int> SaveAsync(DbTransaction transaction, GatewaySession session, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteAsync(SqlAccess.Command(Statements.SaveSession, SessionRow.From(session), cancellationToken, transaction));

    // What began in the same microsecond gets consecutive places, in the batch's order.
    private static void SpreadPlaces(List<ExchangeRow> rows)
    {
        var next = new Dictionary<long, long>();
        foreach (var row in rows)
        {
            var first = row.Place;
            row.Place = Math.Max(first, next.GetValueOrDefault(first));
            next[first] = row.Place + 1;
        }
    }

    private async Task InsertAsync(DbTransaction transaction, List<ExchangeRow> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
        {
            return;
        }

        var inserted = await access.Dialect.InsertAsync(transaction, rows, cancellationToken);
        foreach (var row in rows.Where(row => !inserted.Contains(row.Id)))
        {
            await SettleAsync(transaction, row, cancellationToken);
        }
    }

    // Why a row did not go in: its id is known, its sequence number is taken, or its place is, and then the next one is tried.
    private async Task SettleAsync(DbTransaction transaction, ExchangeRow row, CancellationToken cancellationToken)
    {
        var connection = transaction.Connection!;
        while (!await connection.ExecuteScalarAsync<bool>(SqlAccess.Command(Statements.IsKnown, new { id = row.Id }, cancellationToken, transaction)))
        {
            var holder = await connection.ExecuteScalarAsync<string?>(
                SqlAccess.Command(Statements.SequenceHolder, new { session = row.SessionId, sequence = row.Sequence }, cancellationToken, transaction));
            if (holder is not null)
            {
                throw new TdaException(
                    $"the log {access.Dialect.Location} can't take exchange {row.Id}: number {row.Sequence} of gateway run {row.SessionId} is exchange {holder}.",
                    new InvalidDataException("the number is taken"));
            }

            row.Place = await FreePlaceAsync(connection, transaction, row.Place, cancellationToken);
            if ((await access.Dialect.InsertAsync(transaction, [row], cancellationToken)).Count > 0)
            {
                return;
            }
        }
    }

    private static async Task<long> FreePlaceAsync(DbConnection connection, DbTransaction transaction, long place, CancellationToken cancellationToken)
    {
        for (var first = place - (place % ExchangeCursor.PlacesPerMicrosecond); ; first += ExchangeCursor.PlacesPerMicrosecond)
        {
            var end = first + ExchangeCursor.PlacesPerMicrosecond;
            var last = await connection.ExecuteScalarAsync<long?>(SqlAccess.Command(Statements.LastPlace, new { first, end }, cancellationToken, transaction));
            if (last is null || last < end - 1)
            {
                return last is null ? first : last.Value + 1;
            }
        }
    }
}
