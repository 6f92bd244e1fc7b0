namespace Tda.Store.Keys;

/// <summary>Where client keys are kept. Safe for concurrent use.</summary>
public interface IKeyStore : IAsyncDisposable
{
    /// <summary>Adds a key.</summary>
    /// <exception cref="Errors.TdaException">The store can't be written; the message says why.</exception>
    Task AddAsync(ClientKey key, CancellationToken cancellationToken = default);

    /// <summary>The key with this id, or null.</summary>
    /// <exception cref="Errors.TdaException">The store can't be read; the message says why.</exception>
    Task<ClientKey?> FindAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Every key, oldest first.</summary>
    /// <exception cref="Errors.TdaException">The store can't be read; the message says why.</exception>
    Task<IReadOnlyList<ClientKey>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>Revokes a key, and returns whether there was one that was not revoked yet.</summary>
    /// <exception cref="Errors.TdaException">The store can't be written; the message says why.</exception>
    Task<bool> RevokeAsync(string id, DateTimeOffset at, CancellationToken cancellationToken = default);
}
