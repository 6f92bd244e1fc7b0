using Tda.Store.Sql;

namespace Tda.Store.Reviews;

/// <summary>Reviewers' accounts in a SQL database. Every value is a parameter: what somebody types is never part of a statement.</summary>
internal sealed class SqlReviewerStore(ISqlDialect dialect) : IReviewerStore
{
    private readonly SqlAccess _access = new(dialect, keptWriter: null, "the reviewers in");

    private const string Insert = """
        INSERT INTO reviewers (name, role, password_hash, identity, created_at, disabled_at, generation)
        VALUES (@Name, @role, @PasswordHash, @Identity, @CreatedAt, @DisabledAt, @Generation) ON CONFLICT DO NOTHING
        """;

    private const string Update = """
        UPDATE reviewers SET role = @role, password_hash = @PasswordHash, identity = @Identity, disabled_at = @DisabledAt, generation = generation + 1
        WHERE name = @Name AND generation = @Generation
        """;

    private const string Select = "SELECT name, role, password_hash, identity, created_at, disabled_at, generation FROM reviewers";

    private const string SelectHolder = "SELECT name FROM reviewers WHERE identity = @Identity AND name <> @Name";

    public async Task<bool> AddAsync(Reviewer reviewer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reviewer);
        if (!Reviewer.IsName(reviewer.Name))
        {
            throw new ArgumentException($"'{reviewer.Name}' can't be a reviewer's name", nameof(reviewer));
        }

        return await _access.WriteAsync(transaction => transaction.RunAsync(Insert, Row(reviewer), cancellationToken), cancellationToken) > 0;
    }

    public async Task<Reviewer?> FindAsync(string name, CancellationToken cancellationToken = default) =>
        (await _access.ListAsync<Reviewer>($"{Select} WHERE name = @name", new { name = StoredText.Of(name) }, cancellationToken)).SingleOrDefault();

    public async Task<Reviewer?> FindIdentityAsync(string identity, CancellationToken cancellationToken = default) =>
        (await _access.ListAsync<Reviewer>($"{Select} WHERE identity = @identity", new { identity = StoredText.Of(identity) }, cancellationToken))
            .SingleOrDefault();

    // Sorted here: the order of letters is the database's own.
    public async Task<IReadOnlyList<Reviewer>> ListAsync(CancellationToken cancellationToken = default) =>
        [.. (await _access.ListAsync<Reviewer>(Select, null, cancellationToken)).OrderBy(reviewer => reviewer.Name, StringComparer.Ordinal)];

    public async Task<bool> ChangeAsync(Reviewer reviewer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reviewer);
        return await _access.WriteAsync(
            async transaction =>
            {
                if (await transaction.ValueAsync<string>(SelectHolder, Row(reviewer), cancellationToken) is { } holder)
                {
                    throw new TdaException($"the identity of {reviewer.Name} belongs to the reviewer {holder} already");
                }

                return await transaction.RunAsync(Update, Row(reviewer), cancellationToken) > 0;
            },
            cancellationToken);
    }

    public ValueTask DisposeAsync() => _access.DisposeAsync();

    private static object Row(Reviewer reviewer) => new
    {
        Name = StoredText.Of(reviewer.Name),
        role = ReviewRows.Word(reviewer.Role),
        reviewer.PasswordHash,
        Identity = StoredText.Of(reviewer.Identity),
        reviewer.CreatedAt,
        reviewer.DisabledAt,
        reviewer.Generation,
    };
}
