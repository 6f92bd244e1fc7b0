using Tda.Store.Sql;

namespace Tda.Store.Keys;

/// <summary>Client keys in a SQL database. Every value is a parameter: what a client sends is never part of a statement.</summary>
internal sealed class SqlKeyStore(ISqlDialect dialect) : IKeyStore
{
    private readonly SqlAccess _access = new(dialect, keptWriter: null, "the client keys in");

    private const string Insert = """
        INSERT INTO client_keys (id, name, salt, hash, created_at, expires_at, revoked_at, routes, requests_per_minute)
        VALUES (@Id, @Name, @Salt, @Hash, @CreatedAt, @ExpiresAt, @RevokedAt, @Routes, @RequestsPerMinute)
        """;

    private const string Select =
        "SELECT id, name, salt, hash, created_at, expires_at, revoked_at, routes, requests_per_minute FROM client_keys";

    private const string SelectOne = Select + " WHERE id = @id";
    private const string SelectAll = Select + " ORDER BY created_at, id";
    private const string Revoke = "UPDATE client_keys SET revoked_at = @at WHERE id = @id AND revoked_at IS NULL";

    public Task AddAsync(ClientKey key, CancellationToken cancellationToken = default) =>
        _access.WriteAsync(transaction => transaction.RunAsync(Insert, key, cancellationToken), cancellationToken);

    public async Task<ClientKey?> FindAsync(string id, CancellationToken cancellationToken = default) =>
        (await _access.ListAsync<ClientKey>(SelectOne, new { id }, cancellationToken)).SingleOrDefault();

    public async Task<IReadOnlyList<ClientKey>> ListAsync(CancellationToken cancellationToken = default) =>
        await _access.ListAsync<ClientKey>(SelectAll, null, cancellationToken);

    public async Task<bool> RevokeAsync(string id, DateTimeOffset at, CancellationToken cancellationToken = default) =>
        await _access.WriteAsync(transaction => transaction.RunAsync(Revoke, new { id, at }, cancellationToken), cancellationToken) > 0;

    public ValueTask DisposeAsync() => _access.DisposeAsync();
}
