using Tda.Gateway.Security;
using Tda.Store.Keys;

namespace Tda.Gateway.Tests.Security;

/// <summary>Client keys in memory, which can be counted on and taken away.</summary>
internal sealed class MemoryKeys : IKeyStore
{
    private readonly Dictionary<string, ClientKey> _keys = [];

    public int Looks { get; private set; }

    public bool Down { get; set; }

    public string Issue(DateTimeOffset now, DateTimeOffset? expires = null)
    {
        var (text, key) = KeyText.Issue("team", now, expires: expires);
        _keys[key.Id] = key;
        return text;
    }

    public Task AddAsync(ClientKey key, CancellationToken cancellationToken = default)
    {
        _keys.Add(key.Id, key);
        return Task.CompletedTask;
    }

    public Task<ClientKey?> FindAsync(string id, CancellationToken cancellationToken = default)
    {
        Looks++;
        return Down ? Task.FromException<ClientKey?>(new TdaException("down")) : Task.FromResult(_keys.GetValueOrDefault(id));
    }

    public Task<IReadOnlyList<ClientKey>> ListAsync(CancellationToken cancellationToken = default) => Task.FromResult<IReadOnlyList<ClientKey>>([.. _keys.Values]);

    public Task<bool> RevokeAsync(string id, DateTimeOffset at, CancellationToken cancellationToken = default)
    {
        _keys[id] = _keys[id] with { RevokedAt = at };
        return Task.FromResult(true);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
