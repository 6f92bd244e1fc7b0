using Tda.Store.Postgres;
using Tda.Store.Sql;
using Tda.Store.Sqlite;

namespace Tda.Store;

/// <summary>The log of exchanges, open: take the part that is needed. Safe for concurrent use.</summary>
public interface IExchangeStore : IExchangeWriter, IExchangeReader, IExchangeMaintenance, IAsyncDisposable;

/// <summary>Opens the log of exchanges.</summary>
public static class ExchangeStore
{
    /// <summary>The environment variable that names the store where no option does.</summary>
    public const string EnvironmentVariable = "TDA_STORE";

    /// <summary>
    /// Opens (and creates or upgrades) the log: <see cref="ExchangeStoreOptions.Location"/>, else <c>TDA_STORE</c>, else
    /// <c>tda.db</c> in the home.
    /// </summary>
    /// <exception cref="UsageException">The location can't be read.</exception>
    /// <exception cref="BadInputException">The log was written by a newer program.</exception>
    /// <exception cref="TdaException">It can't be opened; the message says why.</exception>
    public static async Task<IExchangeStore> OpenAsync(
        TdaHome home,
        ExchangeStoreOptions? options = null,
        TimeProvider? time = null,
        CancellationToken cancellationToken = default) =>
        await SqlExchangeStore.OpenAsync(Dialect(home, options ?? new()), time ?? TimeProvider.System, cancellationToken);

    /// <summary>Where a log on a server is, without credentials; null for one in the home.</summary>
    /// <exception cref="UsageException">The location can't be read.</exception>
    public static string? ServerOf(string? location) =>
        Given(location) is { } given && PostgresLocation.IsOne(given) ? PostgresLocation.Display(PostgresLocation.Parse(given)) : null;

    /// <summary>Whether there is a log to open; one on a server is taken to be there.</summary>
    /// <exception cref="UsageException">The location can't be read.</exception>
    public static bool IsThere(TdaHome home, string? location) => ServerOf(location) is not null || File.Exists(home.DatabasePath);

    /// <summary>The database that holds the log.</summary>
    internal static ISqlDialect Dialect(TdaHome home, ExchangeStoreOptions options)
    {
        return Given(options.Location) is not { } location ? InHome(home, options)
            : PostgresLocation.IsOne(location) ? new PostgresDialect(location, options)
            : throw new UsageException(
                $"the store (--store, {EnvironmentVariable}) must be postgres://user@host:port/database; without one it is SQLite in the home");
    }

    private static string? Given(string? location) =>
        ((string?[])[location, Environment.GetEnvironmentVariable(EnvironmentVariable)]).FirstOrDefault(given => !string.IsNullOrWhiteSpace(given));

    private static SqliteDialect InHome(TdaHome home, ExchangeStoreOptions options)
    {
        try
        {
            Directory.CreateDirectory(home.Root);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TdaException($"the home {home.Root} can't be created: {error.Message} Choose another with --home.", error);
        }

        return new(home.DatabasePath, options);
    }
}

/// <summary>How the log is opened.</summary>
public sealed record ExchangeStoreOptions
{
    /// <summary>
    /// <c>postgres://user@host:port/database?sslmode=…</c>; null (default) takes the environment's <c>TDA_STORE</c>, and
    /// without that SQLite in the home.
    /// </summary>
    public string? Location { get; init; }

    /// <summary>
    /// Whether an append returns only once the disk has it. False (default): a crash of the process loses nothing that
    /// was appended, a loss of power may lose the last appends, and the log stays consistent either way.
    /// </summary>
    public bool Synced { get; init; }

    /// <summary>How long to wait for another process that holds SQLite's file, or for a server to answer. Default 5 s.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes past which SQLite's file may not grow; an append that needs more fails. 0 (default) = no limit.</summary>
    public long MaxBytes { get; init; }
}
