using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;
using Npgsql;
using Tda.TestKit;

namespace Tda.Store.Tests;

/// <summary>A log of a test's own: a home with SQLite, or a home and a database of the shared PostgreSQL server.</summary>
internal sealed class TestLog : IAsyncDisposable
{
    private readonly PostgresServer? _server;
    private readonly string _database;
    private readonly List<IExchangeStore> _opened = [];

    private TestLog(PostgresServer? server, string database)
    {
        _server = server;
        _database = database;
    }

    public TempDirectory Directory { get; } = new();

    public TdaHome Home => new(Directory.Path);

    public bool IsSqlite => _server is null;

    /// <summary>What the options' location says: null for SQLite.</summary>
    public string? Location => _server?.Address(_database);

    public static async Task<TestLog> CreateAsync(string kind)
    {
        if (kind == Databases.Sqlite)
        {
            return new(null, "");
        }

        var server = await PostgresServer.Shared;
        return new(server, await server.CreateDatabaseAsync());
    }

    /// <summary>Opens the log; it closes with this.</summary>
    public async Task<IExchangeStore> OpenAsync(ExchangeStoreOptions? options = null, TimeProvider? time = null)
    {
        var store = await ExchangeStore.OpenAsync(Home, (options ?? new()) with { Location = Location }, time);
        _opened.Add(store);
        return store;
    }

    /// <summary>A connection past the store.</summary>
    public async Task<DbConnection> ConnectAsync()
    {
        DbConnection connection = _server is null
            ? new SqliteConnection($"Data Source={Home.DatabasePath};Pooling=False")
            : new NpgsqlConnection(_server.ConnectionString(_database));
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Changes something past the store.</summary>
    public async Task<int> TamperAsync(string sql)
    {
        await using var connection = await ConnectAsync();
        return await connection.ExecuteAsync(sql);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _opened)
        {
            await store.DisposeAsync();
        }

        Directory.Dispose();
    }
}
