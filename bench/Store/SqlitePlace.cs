using Dapper;
using Tda.Store;
using Tda.Store.Reviews;
using Tda.Store.Sql;

namespace Tda.Bench.Store;

/// <summary>SQLite in a home.</summary>
internal sealed class SqlitePlace(string directory) : IStorePlace
{
    public string Name => "sqlite";

    private TdaHome Home => new(Path.Combine(directory, "home"));

    public Task<IExchangeStore> OpenAsync() => ExchangeStore.OpenAsync(Home);

    public IReviewStore OpenReviews() => ReviewStore.Beside(Home);

    public async Task<(string Version, long Bytes)> SettleAsync(IExchangeStore store)
    {
        var version = await ((SqlExchangeStore)store).Access.QueryAsync(c => c.ExecuteScalarAsync<string>("SELECT sqlite_version()"), default).ConfigureAwait(false) ?? "";
        return (version, new DirectoryInfo(Home.Root).EnumerateFiles("tda.db*").Sum(file => file.Length));
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Home.Root, recursive: true);
        return ValueTask.CompletedTask;
    }
}
