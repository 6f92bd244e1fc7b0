using Dapper;
using Tda.Store.Sql;

namespace Tda.Store.Reviews;

/// <content>Locks: who is looking at what. Those whose time is over are cleared away as others are taken.</content>
internal sealed partial class SqlReviewStore
{
    private const string DropExpired = "DELETE FROM review_locks WHERE until <= @now";

    private const string TakeLock = """
        INSERT INTO review_locks (kind, subject, owner, until) VALUES (@kind, @id, @owner, @until)
        ON CONFLICT (kind, subject) DO UPDATE SET until = excluded.until WHERE review_locks.owner = excluded.owner
        """;

    private const string SelectLock = "SELECT owner, until FROM review_locks WHERE kind = @kind AND subject = @id";

    private const string DropLock = "DELETE FROM review_locks WHERE kind = @kind AND subject = @id AND owner = @owner";

    public Task<ReviewLock> LockAsync(
        ReviewSubject subject, string owner, DateTimeOffset now, TimeSpan duration, CancellationToken cancellationToken = default) => WriteAsync(
        async transaction =>
        {
            var row = new
            {
                kind = ReviewRows.Word(subject.Kind),
                id = StoredText.Of(subject.Id),
                owner = StoredText.Of(owner),
                now,
                until = now + duration,
            };
            await transaction.RunAsync(DropExpired, row, cancellationToken);
            await transaction.RunAsync(TakeLock, row, cancellationToken);
            var (holder, until) = (await transaction.ListAsync<LockRow>(SelectLock, row, cancellationToken)).ConvertAll(held => (held.Owner, held.Until)).Single();
            return new ReviewLock(subject, holder, until);
        },
        cancellationToken);

    public Task ReleaseAsync(ReviewSubject subject, string owner, CancellationToken cancellationToken = default) => WriteAsync(
        transaction => transaction.RunAsync(
            DropLock,
            new { kind = ReviewRows.Word(subject.Kind), id = StoredText.Of(subject.Id), owner = StoredText.Of(owner) },
            cancellationToken),
        cancellationToken);

    public async Task<IReadOnlyDictionary<string, ReviewLock>> LocksAsync(
        ReviewSubjectKind kind, IReadOnlyCollection<string> ids, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        var (condition, parameters) = Among(kind, ids);
        parameters.Add("now", now);
        var rows = await _access.ListAsync<LockRow>(
            $"SELECT subject, owner, until FROM review_locks WHERE {condition} AND until > @now", parameters, cancellationToken);
        return rows.ToDictionary(row => row.Subject, row => new ReviewLock(new(kind, row.Subject), row.Owner, row.Until));
    }

    private (string Condition, DynamicParameters Parameters) Among(ReviewSubjectKind kind, IReadOnlyCollection<string> ids)
    {
        var parameters = new DynamicParameters();
        var (condition, value) = _access.Dialect.Among("subject", "ids", [.. ids.Select(id => StoredText.Of(id))]);
        parameters.Add("kind", ReviewRows.Word(kind));
        parameters.Add("ids", value);
        return ($"kind = @kind AND {condition}", parameters);
    }

    private sealed class LockRow
    {
        public string Subject { get; init; } = "";

        public string Owner { get; init; } = "";

        public DateTimeOffset Until { get; init; }
    }
}
