using System.Data.Common;
using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Tda.Core.Store.Sql;

/// <summary>SQLite in one file: the embedded default.</summary>
internal sealed class SqliteDialect(string path, ExchangeStoreOptions options) : ISqlDialect
{
    private const int PageSize = 4096;
    private const int Busy = 5, Locked = 6, ReadOnly = 8, IoError = 10, Corrupt = 11, Full = 13, CannotOpen = 14, NotADatabase = 26;

    private readonly string _connectionString = new SqliteConnectionStringBuilder
    {
        DataSource = path,
        Mode = SqliteOpenMode.ReadWriteCreate,
        DefaultTimeout = Math.Max(1, (int)Math.Ceiling(options.BusyTimeout.TotalSeconds)),
    }.ToString();

    public string Name => "sqlite";

    public string Location => path;

    public async Task<DbConnection> OpenAsync(bool writer, CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            await connection.ExecuteAsync(Pragmas(writer));
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public string Contains(string column, string parameter) => $"{column} LIKE {parameter} ESCAPE '\\'";

    public string? Explain(DbException error) => (error as SqliteException)?.SqliteErrorCode switch
    {
        Busy or Locked => "another process holds it; stop that process or raise the busy timeout",
        ReadOnly => "it is read-only; check its owner and mode",
        IoError => "the disk reported an error; check the disk, then run `tda exchanges verify`",
        Corrupt => "it is corrupt; restore it from a backup, or move it away to start a new one",
        Full => "the disk (or the size that the log may take) is full; free some space",
        CannotOpen => "it can't be opened or created; check the directory and its permissions",
        NotADatabase => "it is not a SQLite database; move it away to start a new one",
        _ => null,
    };

    // The pool keeps the file open past a connection's Dispose, so that a home could not be moved or deleted.
    public void Dispose()
    {
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
    }

    // WAL: readers never wait for the writer. NORMAL syncs at checkpoints only, FULL at every commit.
    private string Pragmas(bool writer)
    {
        var pragmas = string.Create(CultureInfo.InvariantCulture, $"""
            PRAGMA busy_timeout = {(long)options.BusyTimeout.TotalMilliseconds};
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = {(options.Synced ? "FULL" : "NORMAL")};
            PRAGMA foreign_keys = ON;
            """);
        return writer && options.MaxBytes > 0
            ? pragmas + string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {Math.Max(1, options.MaxBytes / PageSize)};")
            : pragmas;
    }
}
