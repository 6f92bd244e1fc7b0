using Npgsql;
using Tda.Store;
using Tda.Store.Reviews;
using Tda.TestKit;

namespace Tda.Bench.Store;

/// <summary>A PostgreSQL server of the benchmark's own, on this machine, that syncs every commit as it does by default.</summary>
internal sealed class PostgresPlace(string directory) : IStorePlace
{
    private PostgresServer? _server;
    private string _database = "";

    public string Name => "postgres";

    public async Task<IExchangeStore> OpenAsync()
    {
        if (_server is null)
        {
            // Beside defaults only what anybody sets on a machine with some gigabytes.
            _server = await PostgresServer.CreateAsync("fsync=on", "synchronous_commit=on", "full_page_writes=on", "shared_buffers=512MB", "max_wal_size=4GB").ConfigureAwait(false);
            _database = await _server.CreateDatabaseAsync().ConfigureAwait(false);
        }

        return await ExchangeStore.OpenAsync(new TdaHome(directory), new() { Location = _server.Address(_database) }).ConfigureAwait(false);
    }

    public IReviewStore OpenReviews() => ReviewStore.Beside(new TdaHome(directory), _server!.Address(_database));

    public async Task<(string Version, long Bytes)> SettleAsync(IExchangeStore store)
    {
        await using var connection = new NpgsqlConnection(_server!.ConnectionString(_database));
        await connection.OpenAsync().ConfigureAwait(false);
        await using (var vacuum = new NpgsqlCommand("VACUUM ANALYZE", connection) { CommandTimeout = 0 })
        {
            await vacuum.ExecuteNonQueryAsync().ConfigureAwait(false);
        }

        await using var size = new NpgsqlCommand("SELECT pg_database_size(current_database())", connection);
        return (connection.PostgreSqlVersion.ToString(), (long)(await size.ExecuteScalarAsync().ConfigureAwait(false))!);
    }

    public ValueTask DisposeAsync()
    {
        _server?.Remove();
        return ValueTask.CompletedTask;
    }
}
