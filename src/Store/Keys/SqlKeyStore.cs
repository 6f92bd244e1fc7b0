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

    private const string Select = """
        SELECT id AS Id, name AS Name, salt AS Salt, hash AS Hash, created_at AS CreatedAt, expires_at AS ExpiresAt,
            revoked_at AS RevokedAt, routes AS Routes, requests_per_minute AS RequestsPerMinute
        FROM client_keys
        """;

    private const string SelectOne = Select + " WHERE id = @id";
    private const string SelectAll = Select + " ORDER BY created_at, id";
    private const string Revoke = "UPDATE client_keys SET revoked_at = @at WHERE id = @id AND revoked_at IS NULL";

    public Task AddAsync(ClientKey key, CancellationToken cancellationToken = default) =>
        _access.WriteAsync(transaction => transaction.RunAsync(Insert, KeyRow.From(key), cancellationToken), cancellationToken);

    public async Task<ClientKey?> FindAsync(string id, CancellationToken cancellationToken = default) =>
        (await _access.ListAsync<KeyRow>(SelectOne, new { id }, cancellationToken)).SingleOrDefault()?.ToKey();

    public async Task<IReadOnlyList<ClientKey>> ListAsync(CancellationToken cancellationToken = default) =>
        [.. (await _access.ListAsync<KeyRow>(SelectAll, null, cancellationToken)).Select(row => row.ToKey())];

    public async Task<bool> RevokeAsync(string id, DateTimeOffset at, CancellationToken cancellationToken = default)
    {
        var parameters = new { id, at = ExchangeTime.ToMicroseconds(at) };
        return await _access.WriteAsync(transaction => transaction.RunAsync(Revoke, parameters, cancellationToken), cancellationToken) > 0;
    }

    public ValueTask DisposeAsync() => _access.DisposeAsync();
}

/// <summary>A client key as its row.</summary>
internal sealed class KeyRow
{
    private const char Separator = ',';

    public required string Id { get; init; }

    public required string Name { get; init; }

    public required byte[] Salt { get; init; }

    public required byte[] Hash { get; init; }

    public long CreatedAt { get; init; }

    public long? ExpiresAt { get; init; }

    public long? RevokedAt { get; init; }

    public required string Routes { get; init; }

    public int? RequestsPerMinute { get; init; }

    public static KeyRow From(ClientKey key) => new()
    {
        Id = key.Id,
        Name = key.Name,
        Salt = key.Salt,
        Hash = key.Hash,
        CreatedAt = ExchangeTime.ToMicroseconds(key.CreatedAt),
        ExpiresAt = key.ExpiresAt is { } expires ? ExchangeTime.ToMicroseconds(expires) : null,
        RevokedAt = key.RevokedAt is { } revoked ? ExchangeTime.ToMicroseconds(revoked) : null,
        Routes = string.Join(Separator, key.Routes),
        RequestsPerMinute = key.RequestsPerMinute,
    };

    public ClientKey ToKey() => new()
    {
        Id = Id,
        Name = Name,
        Salt = Salt,
        Hash = Hash,
        CreatedAt = ExchangeTime.FromMicroseconds(CreatedAt),
        ExpiresAt = ExpiresAt is { } expires ? ExchangeTime.FromMicroseconds(expires) : null,
        RevokedAt = RevokedAt is { } revoked ? ExchangeTime.FromMicroseconds(revoked) : null,
        Routes = Routes.Split(Separator, StringSplitOptions.RemoveEmptyEntries),
        RequestsPerMinute = RequestsPerMinute,
    };
}
