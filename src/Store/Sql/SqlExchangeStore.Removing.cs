using System.Data.Common;
using Dapper;

namespace Tda.Store.Sql;

/// <content>
/// Erases single exchanges for good and leaves tombstones; removes old ones in short transactions, and keeps of each gateway
/// run which numbers went and how the chain goes on.
/// </content>
internal sealed partial class SqlExchangeStore
{
    private const string SelectTombstones =
        "SELECT id, session_id, sequence, digest, erased_at, reason, erased_by AS \"by\" FROM tombstones ";

    private const string AddTombstone = """
        INSERT INTO tombstones (id, session_id, sequence, digest, erased_at, reason, erased_by)
        VALUES (@Id, @SessionId, @Sequence, @Digest, @ErasedAt, @Reason, @By)
        """;

    private const string SelectRanges =
        "SELECT first_sequence AS first, last_sequence AS last, chain FROM pruned_ranges WHERE session_id = @session ";

    private const string DropRange = "DELETE FROM pruned_ranges WHERE session_id = @session AND first_sequence = @first";

    private const string AddRange =
        "INSERT INTO pruned_ranges (session_id, first_sequence, last_sequence, chain) VALUES (@session, @first, @last, @chain)";

    private const string CountUnnumbered = "UPDATE gateway_sessions SET pruned = pruned + @count WHERE id = @session";

    private const string ReleaseBlob = "UPDATE blobs SET refs = refs - 1 WHERE hash = @hash";

    private const string DropBlob = "DELETE FROM blobs WHERE hash = @hash AND refs <= 0";

    private const string DropTag = "DELETE FROM exchange_tags WHERE name = @name AND value = @value AND place = @place";

    // Decisions stay: they say what was done with an exchange, and hold nothing of it but its id and what reviewers noted.
    private static readonly string[] Removals =
        ["DELETE FROM feedback", "DELETE FROM feedback_labels", "DELETE FROM exchanges", "UPDATE review_states SET place = NULL"];

    public async Task<Tombstone?> EraseAsync(string id, string reason, string by, CancellationToken cancellationToken = default)
    {
        // The digest goes on standing for the exchange in its run's chain.
        if (await GetAsync(id, cancellationToken) is not { } exchange)
        {
            return (await TombstonesAsync("WHERE id = @key", id, cancellationToken)).SingleOrDefault();
        }

        var tombstone = new Tombstone
        {
            Id = id,
            SessionId = exchange.SessionId,
            Sequence = exchange.Sequence,
            Digest = exchange is { SessionId: not null, Sequence: not null }
                ? Convert.ToHexStringLower(ExchangeEnvelope.Digest(exchange))
                : null,
            ErasedAt = ExchangeTime.Normalise(time.GetUtcNow()),
            Reason = reason,
            By = by,
        };
        await access.WriteAsync(
            async transaction =>
            {
                var rows = await transaction.ListAsync<RemovedRow>(Statements.EraseOne, new { id }, cancellationToken);
                if (rows.Count == 0)
                {
                    return false; // another process was faster
                }

                await RemoveAsync(transaction, rows, forGood: true, cancellationToken);
                var stored = tombstone with { Reason = StoredText.Of(reason), By = StoredText.Of(by) };
                await transaction.RunAsync(AddTombstone, stored, cancellationToken);
                var audit = new AuditEntry { At = tombstone.ErasedAt, Actor = by, Action = "erase", Subject = id, Detail = reason };
                await AuditAsync(transaction, audit, cancellationToken);
                return true;
            },
            cancellationToken);
        return tombstone;
    }

    public async Task<int> PruneAsync(DateTimeOffset before, int most, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        var parameters = new { before = ExchangeCursor.FirstPlace(ExchangeTime.ToMicroseconds(before)), most };
        return await access.WriteAsync(
            async transaction =>
            {
                var rows = await transaction.ListAsync<RemovedRow>(Statements.PrunePage, parameters, cancellationToken);
                if (rows.Count > 0)
                {
                    await RemoveAsync(transaction, rows, forGood: false, cancellationToken);
                    await NoteAsync(transaction, rows, cancellationToken);
                }

                return rows.Count;
            },
            cancellationToken);
    }

    /// <summary>Goes step by step, so that an append waits for one step only.</summary>
    public async Task TidyAsync(CancellationToken cancellationToken = default)
    {
        var first = true;
        while (await access.AloneAsync(c => access.Dialect.MergeWordsAsync(c, first, cancellationToken), cancellationToken))
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

    public async Task<SessionRemains> RemainsAsync(string sessionId, CancellationToken cancellationToken = default)
    {
        var session = new { session = sessionId };
        return new(
            await TombstonesAsync("WHERE session_id = @key ORDER BY COALESCE(sequence, 0)", sessionId, cancellationToken),
            await access.ListAsync<PrunedRange>(SelectRanges + "ORDER BY first_sequence", session, cancellationToken),
            await access.ValueAsync<long>("SELECT pruned FROM gateway_sessions WHERE id = @session", session, cancellationToken));
    }

    private Task<List<Tombstone>> TombstonesAsync(string where, string key, CancellationToken cancellationToken) =>
        access.ListAsync<Tombstone>(SelectTombstones + where, new { key }, cancellationToken);

    /// <summary>Removes exchanges with their words, tags, feedback, and the bodies that no other exchange uses.</summary>
    private async Task RemoveAsync(DbTransaction transaction, List<RemovedRow> rows, bool forGood, CancellationToken cancellationToken)
    {
        var places = rows.ConvertAll(row => row.Place);
        await access.Dialect.TakeTurnAsync(transaction, SqlTurn.Review, cancellationToken);
        await access.Dialect.ForgetWordsAsync(transaction, places, forGood, cancellationToken);
        foreach (var statement in Removals)
        {
            var (condition, value) = access.Dialect.Among("place", "places", places);
            var parameters = new DynamicParameters();
            parameters.Add("places", value);
            await transaction.RunAsync($"{statement} WHERE {condition}", parameters, cancellationToken);
        }

        var tags = rows.SelectMany(row => row.Tags.Select(tag => new { name = tag.Key, value = tag.Value, place = row.Place }));
        await transaction.RunAsync(DropTag, tags.ToList(), cancellationToken);

        // In the order of hashes, as inserts take them, so that two writers can't wait for each other.
        var hashes = rows.SelectMany(row => (byte[]?[])[row.RequestBlob, row.ResponseBlob]).OfType<byte[]>()
            .OrderBy(Convert.ToHexString, StringComparer.Ordinal).Select(hash => new { hash }).ToList();
        await transaction.RunAsync(ReleaseBlob, hashes, cancellationToken);
        await transaction.RunAsync(DropBlob, hashes, cancellationToken);
    }

    private static async Task NoteAsync(DbTransaction transaction, List<RemovedRow> rows, CancellationToken cancellationToken)
    {
        foreach (var session in rows.Where(row => row.SessionId is not null).GroupBy(row => row.SessionId!))
        {
            var count = session.LongCount(row => row.Sequence is null);
            if (count > 0)
            {
                await transaction.RunAsync(CountUnnumbered, new { session = session.Key, count }, cancellationToken);
            }

            foreach (var range in Ranges(session.Where(row => row.Sequence is not null).OrderBy(row => row.Sequence)))
            {
                await AddRangeAsync(transaction, session.Key, range, cancellationToken);
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
    private static async Task AddRangeAsync(
        DbTransaction transaction, string session, PrunedRange range, CancellationToken cancellationToken)
    {
        var neighbours = await transaction.ListAsync<PrunedRange>(
            SelectRanges + "AND (last_sequence = @first - 1 OR first_sequence = @last + 1)",
            new { session, first = range.First, last = range.Last },
            cancellationToken);
        foreach (var neighbour in neighbours)
        {
            await transaction.RunAsync(DropRange, new { session, first = neighbour.First }, cancellationToken);
            range = neighbour.Last < range.First
                ? range with { First = neighbour.First }
                : range with { Last = neighbour.Last, Chain = neighbour.Chain };
        }

        var row = new { session, first = range.First, last = range.Last, chain = range.Chain };
        await transaction.RunAsync(AddRange, row, cancellationToken);
    }

    /// <summary>What must be known of an exchange to remove it with all that hangs on it.</summary>
    private sealed class RemovedRow
    {
        public long Place { get; init; }

        public string Id { get; init; } = "";

        public string? SessionId { get; init; }

        public long? Sequence { get; init; }

        public string? Chain { get; init; }

        public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

        public byte[]? RequestBlob { get; init; }

        public byte[]? ResponseBlob { get; init; }
    }
}
