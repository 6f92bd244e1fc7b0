using System.Data.Common;
using Dapper;
using Tda.Core.Exchanges;

namespace Tda.Store.Sql;

/// <summary>Removes old exchanges in short transactions, and keeps of each gateway run which numbers went and how the chain goes on.</summary>
internal sealed class SqlRetention(SqlAccess access)
{
    private const string SelectRanges = "SELECT first_sequence AS First, last_sequence AS Last, chain AS Chain FROM pruned_ranges WHERE session_id = @session ORDER BY first_sequence";

    private const string NeighbourRanges = """
        SELECT first_sequence AS First, last_sequence AS Last, chain AS Chain FROM pruned_ranges
        WHERE session_id = @session AND (last_sequence = @first - 1 OR first_sequence = @last + 1)
        """;

    private const string DropRange = "DELETE FROM pruned_ranges WHERE session_id = @session AND first_sequence = @first";

    private const string AddRange = "INSERT INTO pruned_ranges (session_id, first_sequence, last_sequence, chain) VALUES (@session, @first, @last, @chain)";

    private const string CountUnnumbered = "UPDATE gateway_sessions SET pruned = pruned + @count WHERE id = @session";

    public async Task<int> PruneAsync(DateTimeOffset before, int most, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        var parameters = new { before = ExchangeCursor.FirstPlace(ExchangeTime.ToMicroseconds(before)), most };
        return await access.WriteAsync(
            async transaction =>
            {
                var rows = (await transaction.Connection!.QueryAsync<RemovedRow>(SqlAccess.Command(Statements.PrunePage, parameters, cancellationToken, transaction))).AsList();
                if (rows.Count > 0)
                {
                    await SqlRemover.RemoveAsync(access.Dialect, transaction, rows, forGood: false, cancellationToken);
                    await NoteAsync(transaction, rows, cancellationToken);
                }

                return rows.Count;
            },
            cancellationToken);
    }

    /// <summary>The ranges of a gateway run, in order, and how many of its exchanges without a number went.</summary>
    public async Task<(IReadOnlyList<PrunedRange> Ranges, long Unnumbered)> OfSessionAsync(string sessionId, CancellationToken cancellationToken)
    {
        var ranges = await access.ListAsync<PrunedRange>(SelectRanges, new { session = sessionId }, cancellationToken);
        var counts = await access.ListAsync<long>("SELECT pruned FROM gateway_sessions WHERE id = @id", new { id = sessionId }, cancellationToken);
        return (ranges, counts.SingleOrDefault());
    }

    /// <summary>Takes what is left of removed exchanges out of the indexes, step by step, so that an append waits for one step only.</summary>
    public async Task TidyAsync(CancellationToken cancellationToken)
    {
        var first = true;
        while (await access.AloneAsync(connection => access.Dialect.MergeWordsAsync(connection, first, cancellationToken), cancellationToken))
        {
            first = false;
        }

        await access.AloneAsync(
            async connection =>
            {
                await access.Dialect.CheckpointAsync(connection, cancellationToken);
                return true;
            },
            cancellationToken);
    }

    private static async Task NoteAsync(DbTransaction transaction, List<RemovedRow> rows, CancellationToken cancellationToken)
    {
        var connection = transaction.Connection!;
        foreach (var session in rows.Where(row => row.SessionId is not null).GroupBy(row => row.SessionId!))
        {
            var count = session.LongCount(row => row.Sequence is null);
            if (count > 0)
            {
                await connection.ExecuteAsync(SqlAccess.Command(CountUnnumbered, new { session = session.Key, count }, cancellationToken, transaction));
            }

            foreach (var range in Ranges(session.Where(row => row.Sequence is not null).OrderBy(row => row.Sequence)))
            {
                await AddAsync(transaction, session.Key, range, cancellationToken);
            }
        }
    }

    private static List<PrunedRange> Ranges(IEnumerable<RemovedRow> rows)
    {
        var ranges = new List<PrunedRange>();
        foreach (var row in rows)
        {
            if (ranges.Count > 0 && ranges[^1].Last == row.Sequence - 1)
            {
                ranges[^1] = ranges[^1] with { Last = row.Sequence!.Value, Chain = row.Chain };
            }
            else
            {
                ranges.Add(new(row.Sequence!.Value, row.Sequence.Value, row.Chain));
            }
        }

        return ranges;
    }

    // Ranges that touch become one, so that a run pruned in many batches leaves one row.
    private static async Task AddAsync(DbTransaction transaction, string session, PrunedRange range, CancellationToken cancellationToken)
    {
        var connection = transaction.Connection!;
        var neighbours = await connection.QueryAsync<PrunedRange>(
            SqlAccess.Command(NeighbourRanges, new { session, first = range.First, last = range.Last }, cancellationToken, transaction));
        foreach (var neighbour in neighbours.AsList())
        {
            await connection.ExecuteAsync(SqlAccess.Command(DropRange, new { session, first = neighbour.First }, cancellationToken, transaction));
            range = neighbour.Last < range.First
                ? range with { First = neighbour.First }
                : range with { Last = neighbour.Last, Chain = neighbour.Chain };
        }

        await connection.ExecuteAsync(
            SqlAccess.Command(AddRange, new { session, first = range.First, last = range.Last, chain = range.Chain }, cancellationToken, transaction));
    }
}
