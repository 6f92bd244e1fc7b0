using System.Collections.Concurrent;
using Tda.Store.Keys;

namespace Tda.Gateway.Security;

/// <summary>
/// Client keys in memory, so that a request costs no look into the store. A revocation takes effect within <see cref="Fresh"/>
/// (and the time of one query). While the store can't be read, keys seen lately stay good: the gateway serves on.
/// </summary>
internal sealed class KeyCache(IKeyStore store, TimeProvider time)
{
    /// <summary>How long an entry is taken without asking the store.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);

    // Beyond this a store that is down keeps everyone out: a revoked key must not live for ever.
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(15);

    // Ids that nobody issued are remembered too, but not as many as an attacker can think of.
    private const int MaxEntries = 10_000;

    // What an unknown id is compared with, so that it takes as long as a known one.
    private static readonly ClientKey Nobody =
        KeyText.Issue("nobody", DateTimeOffset.UnixEpoch).Key with { RevokedAt = DateTimeOffset.UnixEpoch };

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>The key that a client presents, checked; null when it isn't a key, or is unknown, wrong, expired or revoked.</summary>
    /// <exception cref="TdaException">The store can't be read, and the key is not known from before.</exception>
    public async ValueTask<ClientKey?> CheckAsync(string? presented)
    {
        if (!KeyText.TryReadId(presented, out var id))
        {
            return null;
        }

        var key = await FindAsync(id) ?? Nobody;
        return KeyText.Matches(presented!, key) && key.IsValidAt(time.GetUtcNow()) ? key : null;
    }

    private ValueTask<ClientKey?> FindAsync(string id)
    {
        var now = time.GetTimestamp();
        return _entries.TryGetValue(id, out var entry) && time.GetElapsedTime(entry.At, now) < Fresh
            ? new(entry.Key)
            : LoadAsync(id, entry, now);
    }

    private async ValueTask<ClientKey?> LoadAsync(string id, Entry? before, long now)
    {
        try
        {
            var key = await store.FindAsync(id);
            if (_entries.Count >= MaxEntries)
            {
                _entries.Clear();
            }

            _entries[id] = new(key, now);
            return key;
        }
        catch (TdaException) when (before?.Key is not null && time.GetElapsedTime(before.At, now) < Stale)
        {
            return before.Key;
        }
    }

    private sealed record Entry(ClientKey? Key, long At);
}
