using System.Data.Common;
using Dapper;
using Tda.Core.Exchanges;

namespace Tda.Store.Sql;

/// <summary>Feedback and audit.</summary>
internal sealed class SqlNotes(SqlAccess access)
{
    private const string AddFeedback = """
        INSERT INTO feedback (place, rating, label, comment, at, by_whom)
        SELECT place, @rating, @label, @comment, @at, @by FROM exchanges WHERE id = @id
        """;

    private const string AddLabel = """
        INSERT INTO feedback_labels (label, place) SELECT @label, place FROM exchanges WHERE id = @id ON CONFLICT DO NOTHING
        """;

    private const string SelectFeedback = """
        SELECT f.rating AS Rating, f.label AS Label, f.comment AS Comment, f.at AS At, f.by_whom AS ByWhom
        FROM exchanges e JOIN feedback f ON f.place = e.place WHERE e.id = @id ORDER BY f.number
        """;

    private const string AddAudit = "INSERT INTO audit (at, actor, action, subject, detail) VALUES (@at, @actor, @action, @subject, @detail)";

    private const string SelectAudit = """
        SELECT number AS Number, at AS At, actor AS Actor, action AS Action, subject AS Subject, detail AS Detail
        FROM audit WHERE number < @before ORDER BY number DESC LIMIT @limit
        """;

    public Task<bool> AddAsync(Feedback feedback, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(feedback);
        var errors = feedback.Errors();
        if (errors.Count > 0)
        {
            throw new ArgumentException(string.Join("; ", errors), nameof(feedback));
        }

        var id = feedback.ExchangeId;
        var row = new
        {
            id,
            rating = feedback.Rating,
            label = StoredText.Of(feedback.Label),
            comment = StoredText.Of(feedback.Comment),
            at = ExchangeTime.ToMicroseconds(feedback.At),
            by = StoredText.Of(feedback.By),
        };
        return access.WriteAsync(
            async transaction =>
            {
                var connection = transaction.Connection!;
                var added = await connection.ExecuteAsync(SqlAccess.Command(AddFeedback, row, cancellationToken, transaction)) > 0;
                foreach (var label in ((string?[])["", row.label]).Distinct().OfType<string>())
                {
                    await connection.ExecuteAsync(SqlAccess.Command(AddLabel, new { id, label }, cancellationToken, transaction));
                }

                return added;
            },
            cancellationToken);
    }

    public async Task<IReadOnlyList<Feedback>> FeedbackAsync(string exchangeId, CancellationToken cancellationToken)
    {
        var rows = await access.ListAsync<FeedbackRow>(SelectFeedback, new { id = exchangeId }, cancellationToken);
        return [.. rows.Select(row => row.ToFeedback(exchangeId))];
    }

    public Task AuditAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return access.WriteAsync(transaction => AuditAsync(transaction, entry, cancellationToken), cancellationToken);
    }

    public static Task<int> AuditAsync(DbTransaction transaction, AuditEntry entry, CancellationToken cancellationToken)
    {
        var row = new
        {
            at = ExchangeTime.ToMicroseconds(entry.At),
            actor = StoredText.Of(entry.Actor),
            action = StoredText.Of(entry.Action),
            subject = StoredText.Of(entry.Subject),
            detail = StoredText.Of(entry.Detail),
        };
        return transaction.Connection!.ExecuteAsync(SqlAccess.Command(AddAudit, row, cancellationToken, transaction));
    }

    public async Task<IReadOnlyList<AuditEntry>> AuditsAsync(long? before, int limit, CancellationToken cancellationToken)
    {
        var rows = await access.ListAsync<AuditRow>(SelectAudit, new { before = before ?? long.MaxValue, limit }, cancellationToken);
        return [.. rows.Select(row => row.ToEntry())];
    }
}
