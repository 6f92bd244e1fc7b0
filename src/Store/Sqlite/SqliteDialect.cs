using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;
using Tda.Store.Sql;

namespace Tda.Store.Sqlite;

/// <summary>SQLite in one file: the embedded default.</summary>
internal sealed class SqliteDialect(string path, ExchangeStoreOptions options) : ISqlDialect
{
    private const int PageSize = 4096;
    private const int MergedPages = 500; // of the index of words, in one step of tidying
    private const int Busy = 5, Locked = 6, ReadOnly = 8, IoError = 10, Corrupt = 11, Full = 13, CannotOpen = 14, NotADatabase = 26;

    private readonly string _connectionString = new SqliteConnectionStringBuilder
    {
        DataSource = path,
        Mode = SqliteOpenMode.ReadWriteCreate,
        DefaultTimeout = Math.Max(1, (int)Math.Ceiling(options.BusyTimeout.TotalSeconds)),
    }.ToString();

    private SqliteInserter? _inserter;

    public string Name => "sqlite";

    public string Location => path;

    /// <summary>Commits are in the WAL until a checkpoint, which syncs both files itself: so the WAL is all that may be unsynced.</summary>
    public void Sync()
    {
        if (File.Exists(path + "-wal"))
        {
            DirectorySync.SyncFile(path + "-wal");
        }
    }

    public bool KeepsWriter => true;

    // Words through FTS5, whose rows are numbered by place, so that it gives them in the order of time. SQLite never reorders a CROSS JOIN.
    public SearchSql Search { get; } = new(
        ("exchange_words w CROSS JOIN exchanges e ON e.place = w.rowid", "w.rowid"),
        "CROSS JOIN",
        "exchange_words MATCH @text",
        phrases => string.Join(" AND ", phrases.Select(phrase => $"\"{string.Join(' ', phrase.Words)}\"{(phrase.Prefix ? " *" : "")}")));

    public async Task<DbConnection> OpenAsync(bool writer, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(_connectionString, Pragmas(writer), cancellationToken);
        }
        catch (SqliteException error) when (error.SqliteErrorCode is ReadOnly or CannotOpen && File.Exists(path))
        {
            return await OpenAsync(ReadingOnly(), "PRAGMA cache_size = -32768;", cancellationToken);
        }
    }

    private static async Task<DbConnection> OpenAsync(string connectionString, string pragmas, CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            await connection.ExecuteAsync(pragmas);

            // Only a statement of its own tells whether the file can be read: the driver passes over errors of all but the first.
            await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM sqlite_schema");
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    // A transaction that writes holds the only lock there is.
    public Task TakeTurnAsync(DbTransaction transaction, SqlTurn turn, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<HashSet<string>> InsertAsync(
        DbTransaction transaction, IReadOnlyList<ExchangeRow> rows, CancellationToken cancellationToken)
    {
        _inserter ??= new((SqliteConnection)transaction.Connection!);
        return Task.FromResult(_inserter.Insert((SqliteTransaction)transaction, rows, cancellationToken));
    }

    public (string Condition, object Value) Among<T>(string column, string parameter, IReadOnlyCollection<T> values) =>
        ($"{column} IN (SELECT value FROM json_each(@{parameter}))", JsonSerializer.Serialize(values));

    public async Task ForgetWordsAsync(
        DbTransaction transaction, IReadOnlyList<long> places, bool forGood, CancellationToken cancellationToken)
    {
        var (condition, value) = Among("place", "places", places);
        if (forGood)
        {
            await SetAsync(1);
        }

        await transaction.RunAsync(
            $"""
            INSERT INTO exchange_words (exchange_words, rowid, prompt, response)
            SELECT 'delete', place, prompt, response FROM exchanges WHERE {condition} AND (prompt IS NOT NULL OR response IS NOT NULL)
            """,
            new { places = value },
            cancellationToken);
        if (forGood)
        {
            await SetAsync(0);
        }

        // Takes the words out of the index's pages instead of marking them as gone: too slow for many rows.
        Task<int> SetAsync(int on) => transaction.RunAsync(
            "INSERT INTO exchange_words (exchange_words, rank) VALUES ('secure-delete', @on)", new { on }, cancellationToken);
    }

    public async Task<bool> MergeWordsAsync(DbConnection connection, bool first, CancellationToken cancellationToken)
    {
        // An index of one segment is taken for merged, though the keys of its pages may still hold words that were removed.
        if (first)
        {
            await connection.ExecuteAsync("INSERT INTO exchange_words (rowid, prompt) VALUES (-1, 'tidy')");
            await connection.ExecuteAsync("INSERT INTO exchange_words (exchange_words, rowid, prompt) VALUES ('delete', -1, 'tidy')");
        }

        // A negative number takes up the whole index, then positive ones go on; fewer than two changes mean that nothing was left.
        const string Changes = "SELECT total_changes()";
        var before = await connection.ExecuteScalarAsync<long>(Changes);
        await connection.ExecuteAsync(new CommandDefinition(
            "INSERT INTO exchange_words (exchange_words, rank) VALUES ('merge', @pages)",
            new { pages = first ? -MergedPages : MergedPages },
            cancellationToken: cancellationToken));
        return await connection.ExecuteScalarAsync<long>(Changes) - before >= 2;
    }

    public Task CheckpointAsync(DbConnection connection, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition("PRAGMA wal_checkpoint(TRUNCATE)", cancellationToken: cancellationToken));

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
    public ValueTask DisposeAsync()
    {
        _inserter?.Dispose();
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// For whoever may only read, a copy on a medium that takes no writes for one. SQLite wants to make files beside the log even then, unless it
    /// is told that nobody writes, which holds where no writer has left a WAL.
    /// </summary>
    private string ReadingOnly()
    {
        var wal = new FileInfo(path + "-wal");
        var address = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        return new SqliteConnectionStringBuilder
        {
            DataSource = wal is { Exists: true, Length: > 0 } ? path : $"file:{address}?immutable=1",
            Mode = SqliteOpenMode.ReadOnly,
            Pooling = false,
        }.ToString();
    }

    // WAL: readers never wait for the writer. NORMAL syncs at checkpoints only, FULL at every commit. What is deleted is
    // overwritten, so that an erased exchange is not left in a free page.
    private string Pragmas(bool writer)
    {
        var pragmas = string.Create(CultureInfo.InvariantCulture, $"""
            PRAGMA busy_timeout = {(long)options.BusyTimeout.TotalMilliseconds};
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = {(options.Synced ? "FULL" : "NORMAL")};
            PRAGMA cache_size = -32768;
            """);
        if (writer)
        {
            pragmas += "PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 4000;"; // pages: each checkpoint syncs
            pragmas += options.MaxBytes > 0
                ? string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {Math.Max(1, options.MaxBytes / PageSize)};")
                : "";
        }

        return pragmas;
    }
}
