namespace Tda.Store.Keys;

/// <summary>A key that the gateway issued to one of its clients, as it is stored: enough to check it, not to use it.</summary>
public sealed record ClientKey
{
    /// <summary>The part of the key that names it; not secret.</summary>
    public required string Id { get; init; }

    /// <summary>Whose it is, for people.</summary>
    public required string Name { get; init; }

    /// <summary>16 random bytes.</summary>
    public required byte[] Salt { get; init; }

    /// <summary>
    /// SHA-256 of salt and key. A key is 256 random bits, so nobody can try them all, and the slow hashes that passwords
    /// need would only slow requests down.
    /// </summary>
    public required byte[] Hash { get; init; }

    /// <summary>When it was issued.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>From when on it is not accepted; null = never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was revoked; null while it was not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>The routes it is good for, e.g. <c>/v1/chat/completions</c>; empty = all.</summary>
    public IReadOnlyList<string> Routes { get; init; } = [];

    /// <summary>Requests that it may make in a minute; null takes the gateway's limit.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Whether it is accepted at a time.</summary>
    public bool IsValidAt(DateTimeOffset now) => RevokedAt is null && (ExpiresAt is null || now < ExpiresAt);
}
