using Dapper;
using Microsoft.Data.Sqlite;
using Tda.Core.Artifacts;
using Tda.Core.Exchanges;
using Tda.Core.Home;
using Tda.Core.Json;
using Tda.Core.Store;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Store;

public sealed class ExportAndVerifyTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2025, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly TempDirectory _directory = new();

    private TdaHome Home => new(_directory.Path);

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("out.jsonl")]
    [InlineData("out.jsonl.gz")]
    public async Task ExportAsync_Log_ReadsBackEqualOldestFirst(string name)
    {
        await using var store = await ExchangeStore.OpenAsync(Home);
        Exchange[] exchanges = [StoreSamples.Minimal("a", Start), StoreSamples.Full("b", Start.AddSeconds(1))];
        await store.AppendAsync(exchanges, []);
        var path = _directory[name];

        var export = await ExchangeExporter.ExportAsync(store, ExchangeFilter.All, path);

        Assert.Equal((2L, Hashing.Sha256File(path)), (export.Exchanges, export.Sha256));
        Assert.Equivalent(exchanges, JsonLines.Read<Exchange>(path).ToArray(), strict: true);
    }

    [Fact]
    public async Task VerifyAsync_SoundLog_Passes()
    {
        await using var store = await ExchangeStore.OpenAsync(Home);
        await store.AppendAsync([StoreSamples.Full("a", Start)], [Session(forwarded: 1, stopped: true)]);

        var verification = await ExchangeVerifier.VerifyAsync(store);

        Assert.Equal((true, 1L, 1L, 1L), (verification.Passed, verification.Exchanges, verification.Forwarded, verification.Recorded));
    }

    [Fact]
    public async Task VerifyAsync_ChangedBody_NamesTheExchange()
    {
        await using var store = await ExchangeStore.OpenAsync(Home);
        await store.AppendAsync(StoreSamples.Minimal("changed", Start) with { ResponseBody = RecordedBody.Of([1, 2, 3]) });
        await TamperAsync("UPDATE blobs SET bytes = x'010204' WHERE bytes = x'010203'");

        var fault = Assert.Single((await ExchangeVerifier.VerifyAsync(store)).Faults);

        Assert.Equal("changed", fault.Subject);
        Assert.Contains("SHA-256", fault.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task VerifyAsync_MissingBody_NamesTheExchange()
    {
        await using var store = await ExchangeStore.OpenAsync(Home);
        await store.AppendAsync(StoreSamples.Minimal("gone", Start) with { ResponseBody = RecordedBody.Of([1, 2, 3]) });
        await TamperAsync("DELETE FROM blobs WHERE bytes = x'010203'");

        Assert.Equal("gone", Assert.Single((await ExchangeVerifier.VerifyAsync(store)).Faults).Subject);
    }

    [Fact]
    public async Task VerifyAsync_DeletedExchangeOfAStoppedSession_NamesTheSession()
    {
        await using var store = await ExchangeStore.OpenAsync(Home);
        await store.AppendAsync([StoreSamples.Full("a", Start)], [Session(forwarded: 2, stopped: true)]);

        var fault = Assert.Single((await ExchangeVerifier.VerifyAsync(store)).Faults);

        Assert.Equal("s-1", fault.Subject);
        Assert.Contains("forwarded 2", fault.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task VerifyAsync_KilledSession_UnfinishedIsCountedAndNoFault()
    {
        await using var store = await ExchangeStore.OpenAsync(Home);
        await store.AppendAsync([StoreSamples.Full("a", Start)], [Session(forwarded: 3, stopped: false)]);

        var verification = await ExchangeVerifier.VerifyAsync(store);

        Assert.Equal((true, 2L), (verification.Passed, verification.Unfinished));
    }

    private static GatewaySession Session(long forwarded, bool stopped) =>
        new() { Id = "s-1", StartedAt = Start, StoppedAt = stopped ? Start.AddMinutes(1) : null, Durability = "written", Forwarded = forwarded };

    private async Task TamperAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={Home.DatabasePath};Pooling=False");
        await connection.OpenAsync();
        await connection.ExecuteAsync("PRAGMA foreign_keys = OFF");
        await connection.ExecuteAsync(sql);
    }
}
