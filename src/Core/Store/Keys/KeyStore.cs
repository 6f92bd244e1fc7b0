using Tda.Core.Errors;
using Tda.Core.Home;
using Tda.Core.Store.Sql;

namespace Tda.Core.Store.Keys;

/// <summary>Opens the client keys, which stand beside the log of exchanges.</summary>
public static class KeyStore
{
    /// <summary>Opens the keys of a home whose log is open already, so that its schema is this program's.</summary>
    public static IKeyStore Beside(TdaHome home)
    {
        ArgumentNullException.ThrowIfNull(home);
        return new SqlKeyStore(new SqliteDialect(home.DatabasePath, new()));
    }

    /// <summary>Opens the keys of a home; creates or upgrades its log first.</summary>
    /// <exception cref="TdaException">The log can't be opened; the message says why.</exception>
    public static async Task<IKeyStore> OpenAsync(TdaHome home, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        await using (await ExchangeStore.OpenAsync(home, time: time, cancellationToken: cancellationToken))
        {
            return Beside(home);
        }
    }
}
