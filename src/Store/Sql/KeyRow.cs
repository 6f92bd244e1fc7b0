using Tda.Core.Exchanges;
using Tda.Store.Keys;

namespace Tda.Store.Sql;

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
