using Tda.Core.Errors;
using Tda.Core.Home;
using Tda.Core.Store.Sql;

namespace Tda.Core.Store;

/// <summary>Opens the log of exchanges.</summary>
public static class ExchangeStore
{
    /// <summary>Opens (and creates or upgrades) the log of a home, <c>tda.db</c>.</summary>
    /// <exception cref="BadInputException">The log was written by a newer program.</exception>
    /// <exception cref="TdaException">It can't be opened; the message says why.</exception>
    public static async Task<IExchangeStore> OpenAsync(
        TdaHome home,
        ExchangeStoreOptions? options = null,
        TimeProvider? time = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(home);
        try
        {
            Directory.CreateDirectory(home.Root);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TdaException($"the home {home.Root} can't be created: {error.Message} Choose another with --home.", error);
        }

        var dialect = new SqliteDialect(home.DatabasePath, options ?? new());
        return await SqlExchangeStore.OpenAsync(dialect, time ?? TimeProvider.System, cancellationToken);
    }
}
