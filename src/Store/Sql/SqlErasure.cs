using Dapper;
using Tda.Core.Exchanges;

namespace Tda.Store.Sql;

/// <summary>Erases single exchanges for good and leaves tombstones.</summary>
internal sealed class SqlErasure(SqlAccess access, SqlReader reader, TimeProvider time)
{
    private const string Columns = "id AS Id, session_id AS SessionId, sequence AS Sequence, digest AS Digest, erased_at AS ErasedAt, reason AS Reason, erased_by AS ErasedBy";

    private const string Insert = """
        INSERT INTO tombstones (id, session_id, sequence, digest, erased_at, reason, erased_by)
        VALUES (@Id, @SessionId, @Sequence, @Digest, @ErasedAt, @Reason, @ErasedBy)
        """;

    private const string Select = "SELECT place AS Place, id AS Id, tags AS Tags, request_blob AS RequestBlob, response_blob AS ResponseBlob FROM exchanges WHERE id = @id";

    public async Task<Tombstone?> EraseAsync(string id, string reason, string by, CancellationToken cancellationToken)
    {
        // The digest goes on standing for the exchange in its run's chain.
        if (await reader.GetAsync(id, cancellationToken) is not { } exchange)
        {
            return (await FindAsync("WHERE id = @key", id, cancellationToken)).SingleOrDefault();
        }

        var tombstone = new Tombstone
        {
            Id = id,
            SessionId = exchange.SessionId,
            Sequence = exchange.Sequence,
            Digest = exchange is { SessionId: not null, Sequence: not null } ? Convert.ToHexStringLower(ExchangeEnvelope.Digest(exchange)) : null,
            ErasedAt = ExchangeTime.Normalise(time.GetUtcNow()),
            Reason = reason,
            By = by,
        };
        await access.WriteAsync(
            async transaction =>
            {
                var connection = transaction.Connection!;
                var row = await connection.QuerySingleOrDefaultAsync<RemovedRow>(SqlAccess.Command(Select, new { id }, cancellationToken, transaction));
                if (row is null)
                {
                    return false; // another process was faster
                }

                await SqlRemover.RemoveAsync(access.Dialect, transaction, [row], forGood: true, cancellationToken);
                await connection.ExecuteAsync(SqlAccess.Command(Insert, TombstoneRow.From(tombstone), cancellationToken, transaction));
                await SqlNotes.AuditAsync(
                    transaction, new() { At = tombstone.ErasedAt, Actor = by, Action = "erase", Subject = id, Detail = reason }, cancellationToken);
                return true;
            },
            cancellationToken);
        return tombstone;
    }

    /// <summary>A gateway run's tombstones.</summary>
    public Task<IReadOnlyList<Tombstone>> OfSessionAsync(string sessionId, CancellationToken cancellationToken) =>
        FindAsync("WHERE session_id = @key ORDER BY COALESCE(sequence, 0)", sessionId, cancellationToken);

    private async Task<IReadOnlyList<Tombstone>> FindAsync(string where, string key, CancellationToken cancellationToken) =>
        [.. (await access.ListAsync<TombstoneRow>($"SELECT {Columns} FROM tombstones {where}", new { key }, cancellationToken)).Select(row => row.ToTombstone())];
}
