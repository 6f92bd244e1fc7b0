using System.Collections.Concurrent;
using Tda.Review.Accounts;
using Tda.Store.Keys;

namespace Tda.Gateway.Security;

/// <summary>
/// Client keys in memory, so that a request costs no look into the store. A revocation takes effect within <see cref="Fresh"/>
/// (and the time of one query). While the store can't be read, keys seen lately stay good: the gateway serves on. Ids that nobody issued
/// are looked up a few times a minute for each address, and what is remembered of them never takes a real key's place.
/// </summary>
internal sealed class KeyCache(IKeyStore store, TimeProvider time)
{
    /// <summary>How long an entry is taken without asking the store.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);

    // Beyond this a store that is down keeps everyone out: a revoked key must not live for ever.
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(15);

    // Ids that nobody issued are remembered too, but not as many as an attacker can think of.
    private const int MaxMisses = 10_000;

    // Looks into the store for ids that are not there, by address: enough for a fleet that starts with an old key, few for a guesser.
    private const int MissesPerMinute = 120;

    // What an unknown id is compared with, so that it takes as long as a known one.
    private static readonly ClientKey Nobody =
        KeyText.Issue("nobody", DateTimeOffset.UnixEpoch).Key with { RevokedAt = DateTimeOffset.UnixEpoch };

    private readonly ConcurrentDictionary<string, Entry> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _misses = new(StringComparer.Ordinal);
    private readonly FailureLimit _guesses = new(MissesPerMinute, time);

    /// <summary>The key that a client presents, checked; null when it isn't a key, or is unknown, wrong, expired or revoked.</summary>
    /// <param name="presented">What the client sends.</param>
    /// <param name="address">Where it comes from.</param>
    /// <param name="cancellationToken">Stops the look into the store.</param>
    /// <exception cref="TdaException">The store can't be read, and the key is not known from before.</exception>
    public async ValueTask<ClientKey?> CheckAsync(string? presented, string address = "", CancellationToken cancellationToken = default)
    {
        if (!KeyText.TryReadId(presented, out var id))
        {
            return null;
        }

        var key = await FindAsync(id, address, cancellationToken) ?? Nobody;
        return KeyText.Matches(presented!, key) && key.IsValidAt(time.GetUtcNow()) ? key : null;
    }

    private ValueTask<ClientKey?> FindAsync(string id, string address, CancellationToken cancellationToken)
    {
        var now = time.GetTimestamp();
        if (_known.TryGetValue(id, out var entry))
        {
            return time.GetElapsedTime(entry.At, now) < Fresh ? new(entry.Key) : LoadAsync(id, entry, now, address, cancellationToken);
        }

        return (_misses.TryGetValue(id, out var missed) && time.GetElapsedTime(missed, now) < Fresh) || _guesses.IsReached(address)
            ? new(default(ClientKey))
            : LoadAsync(id, null, now, address, cancellationToken);
    }

    private async ValueTask<ClientKey?> LoadAsync(string id, Entry? before, long now, string address, CancellationToken cancellationToken)
    {
        try
        {
            if (await store.FindAsync(id, cancellationToken) is { } key)
            {
                // No more than were issued.
                _known[id] = new(key, now);
                return key;
            }

            _known.TryRemove(id, out _);
            if (_misses.Count >= MaxMisses)
            {
                _misses.Clear();
            }

            _misses[id] = now;
            _guesses.Count(address);
            return null;
        }
        catch (TdaException) when (before is not null && time.GetElapsedTime(before.At, now) < Stale)
        {
            return before.Key;
        }
    }

    private sealed record Entry(ClientKey Key, long At);
}
