namespace Tda.Store.Keys;

/// <summary>Opens the client keys, which stand beside the log of exchanges.</summary>
public static class KeyStore
{
    /// <summary>Opens the keys that stand in a log which is open already, so that its schema is this program's.</summary>
    /// <param name="home">The home.</param>
    /// <param name="location">The log, as for <see cref="ExchangeStoreOptions.Location"/>.</param>
    public static IKeyStore Beside(TdaHome home, string? location = null) =>
        new SqlKeyStore(ExchangeStore.Dialect(home, new() { Location = location }));

    /// <summary>Opens the keys of a home; creates or upgrades its log first.</summary>
    /// <exception cref="TdaException">The log can't be opened; the message says why.</exception>
    public static async Task<IKeyStore> OpenAsync(
        TdaHome home, string? location = null, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        await using (await ExchangeStore.OpenAsync(home, new() { Location = location }, time, cancellationToken))
        {
            return Beside(home, location);
        }
    }
}

/// <summary>Where client keys are kept. Safe for concurrent use.</summary>
public interface IKeyStore : IAsyncDisposable
{
    /// <summary>Adds a key.</summary>
    /// <exception cref="TdaException">The store can't be written; the message says why.</exception>
    Task AddAsync(ClientKey key, CancellationToken cancellationToken = default);

    /// <summary>The key with this id, or null.</summary>
    /// <exception cref="TdaException">The store can't be read; the message says why.</exception>
    Task<ClientKey?> FindAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Every key, oldest first.</summary>
    /// <exception cref="TdaException">The store can't be read; the message says why.</exception>
    Task<IReadOnlyList<ClientKey>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>Revokes a key, and returns whether there was one that was not revoked yet.</summary>
    /// <exception cref="TdaException">The store can't be written; the message says why.</exception>
    Task<bool> RevokeAsync(string id, DateTimeOffset at, CancellationToken cancellationToken = default);
}
