using System.Data.Common;

namespace Tda.Store.Sql;

/// <content>Appends batches: exactly once by id, each row at a place of its own; runs, feedback and audit.</content>
internal sealed partial class SqlExchangeStore
{
    private const string IsKnown =
        "SELECT EXISTS (SELECT 1 FROM exchanges WHERE id = @id) OR EXISTS (SELECT 1 FROM tombstones WHERE id = @id)";

    private const string SequenceHolder = "SELECT id FROM exchanges WHERE session_id = @session AND sequence = @sequence";

    private const string LastPlace = "SELECT MAX(place) FROM exchanges WHERE place >= @first AND place < @end";

    private const string SaveSession = """
        INSERT INTO gateway_sessions (id, started_at, stopped_at, durability, forwarded, spooled, chain_head, drops)
        VALUES (@Id, @StartedAt, @StoppedAt, @Durability, @Forwarded, @Spooled, @ChainHead, @Drops)
        ON CONFLICT (id) DO UPDATE SET stopped_at = excluded.stopped_at, forwarded = excluded.forwarded,
            spooled = excluded.spooled, chain_head = excluded.chain_head, drops = excluded.drops
        """;

    private const string AddFeedback = """
        INSERT INTO feedback (place, rating, label, value, comment, at, by_whom)
        SELECT place, @Rating, @Label, @Value, @Comment, @At, @By FROM exchanges WHERE id = @ExchangeId
        """;

    // Of several labels of one name the newest counts.
    private const string AddLabel = """
        INSERT INTO feedback_labels (label, place, value) SELECT @label, place, @value FROM exchanges WHERE id = @ExchangeId
        ON CONFLICT (label, place) DO UPDATE SET value = excluded.value
        """;

    private const string AddAudit =
        "INSERT INTO audit (at, actor, action, subject, detail) VALUES (@At, @Actor, @Action, @Subject, @Detail)";

    public Task AppendAsync(
        IReadOnlyList<Exchange> exchanges, IReadOnlyList<GatewaySession> sessions, CancellationToken cancellationToken = default)
    {
        // Rows are made before the turn is taken: what is slow in them is not done under the lock.
        var rows = exchanges.DistinctBy(exchange => exchange.Id).Select(exchange => new ExchangeRow(exchange)).ToList();
        SpreadPlaces(rows);
        return access.WriteAsync(
            async transaction =>
            {
                await InsertAsync(transaction, rows, cancellationToken);
                return await transaction.RunAsync(SaveSession, sessions, cancellationToken);
            },
            cancellationToken);
    }

    public Task SyncAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            access.Dialect.Sync();
            return Task.CompletedTask;
        }
        catch (IOException error)
        {
            throw new TdaException($"the log {Location} can't be made durable: {error.Message}", error);
        }
    }

    public Task<bool> AddFeedbackAsync(Feedback feedback, CancellationToken cancellationToken = default)
    {
        var errors = feedback.Errors();
        if (errors.Count > 0)
        {
            throw new ArgumentException(string.Join("; ", errors), nameof(feedback));
        }

        feedback = feedback with
        {
            Label = StoredText.Of(feedback.Label),
            Comment = StoredText.Of(feedback.Comment),
            By = StoredText.Of(feedback.By),
        };
        return access.WriteAsync(
            async transaction =>
            {
                var added = await transaction.RunAsync(AddFeedback, feedback, cancellationToken) > 0;
                foreach (var label in ((string?[])["", feedback.Label]).Distinct().OfType<string>())
                {
                    await transaction.RunAsync(
                        AddLabel, new { feedback.ExchangeId, label, value = label.Length == 0 ? 1 : feedback.Value ?? 1 },
                        cancellationToken);
                }

                return added;
            },
            cancellationToken);
    }

    public Task AuditAsync(AuditEntry entry, CancellationToken cancellationToken = default) =>
        access.WriteAsync(transaction => AuditAsync(transaction, entry, cancellationToken), cancellationToken);

    private static Task<int> AuditAsync(DbTransaction transaction, AuditEntry entry, CancellationToken cancellationToken)
    {
        var stored = entry with
        {
            Actor = StoredText.Of(entry.Actor),
            Action = StoredText.Of(entry.Action),
            Subject = StoredText.Of(entry.Subject),
            Detail = StoredText.Of(entry.Detail),
        };
        return transaction.RunAsync(AddAudit, stored, cancellationToken);
    }

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
        foreach (var row in rows.Where(row => !inserted.Contains(row.Exchange.Id)))
        {
            await SettleAsync(transaction, row, cancellationToken);
        }
    }

    // Why a row did not go in: its id is known, its sequence number is taken, or its place is, and then the next one is tried.
    private async Task SettleAsync(DbTransaction transaction, ExchangeRow row, CancellationToken cancellationToken)
    {
        var (id, session, sequence) = (row.Exchange.Id, row.Exchange.SessionId, row.Exchange.Sequence);
        while (!await transaction.ValueAsync<bool>(IsKnown, new { id }, cancellationToken))
        {
            var holder = await transaction.ValueAsync<string>(SequenceHolder, new { session, sequence }, cancellationToken);
            if (holder is not null)
            {
                throw new TdaException(
                    $"the log {Location} can't take exchange {id}: number {sequence} of gateway run {session} is exchange {holder}.",
                    new InvalidDataException("the number is taken"));
            }

            row.Place = await FreePlaceAsync(transaction, row.Place, cancellationToken);
            if ((await access.Dialect.InsertAsync(transaction, [row], cancellationToken)).Count > 0)
            {
                return;
            }
        }
    }

    private static async Task<long> FreePlaceAsync(DbTransaction transaction, long place, CancellationToken cancellationToken)
    {
        for (var first = place - (place % ExchangeCursor.PlacesPerMicrosecond); ; first += ExchangeCursor.PlacesPerMicrosecond)
        {
            var end = first + ExchangeCursor.PlacesPerMicrosecond;
            var last = await transaction.ValueAsync<long?>(LastPlace, new { first, end }, cancellationToken);
            if (last is null || last < end - 1)
            {
                return last is null ? first : last.Value + 1;
            }
        }
    }
}
