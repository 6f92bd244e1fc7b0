using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Tda.Gateway.Capture;
using Tda.Gateway.Recording;
using Tda.Gateway.Spool;
using Tda.Gateway.Tests.Spool;
using Tda.Gateway.Tests.Support;
using Tda.Store;
using Tda.Store.Tests;
using Tda.Store.Verification;

namespace Tda.Gateway.Tests.Faults;

/// <summary>An exchange that the store refuses for what it is: kept aside, declared, and in nobody's way.</summary>
public sealed class RefusedExchangeTests : IAsyncLifetime
{
    private const int TooBig = 18;
    private const int Busy = 5;
    private const string Run = "0193d2a0-0000-7000-8000-00000000000a";

    private TestLog _log = null!;
    private IExchangeStore _store = null!;

    private string Rejected => Path.Combine(_log.Home.SpoolDirectory, SpoolDirectory.RejectedName);

    public async ValueTask InitializeAsync()
    {
        _log = await TestLog.CreateAsync(Databases.Sqlite);
        _store = await _log.OpenAsync();
    }

    public async ValueTask DisposeAsync() => await _log.DisposeAsync();

    [Fact]
    public async Task Store_OneOfABatchRefused_OthersAreStoredAndItsRecordIsKeptWhole()
    {
        var (session, exchanges) = StoreSamples.Run(Run, DateTimeOffset.UnixEpoch, 5);
        var poison = exchanges[2];
        var recorded = new List<string>();
        var sink = Sink(FaultyStore.Over(_store, Refusing(poison.Id)), recorded);

        var refused = await sink.StoreAsync(Spooled(exchanges), session);

        string[] others = [.. exchanges.Where(exchange => exchange != poison).Select(exchange => exchange.Id)];
        Assert.Equal(1, refused);
        Assert.Equal(others, recorded);
        Assert.Equal(others, await _store.ReadAsync(ExchangeFilter.All with { OldestFirst = true }).Select(exchange => exchange.Id).ToListAsync());
        Assert.Equal(Run, Assert.Single(await _store.SessionsAsync()).Id);
        var kept = await KeptAsync(Rejected);
        Assert.Equal((poison.Id, Run, poison.Sequence, poison.Chain), (kept.Id, kept.SessionId, kept.Sequence, kept.Chain));
        Assert.Equal(poison.RequestBody.Bytes, kept.RequestBody.Bytes);
        Assert.Equal(poison.ResponseBody.Bytes, kept.ResponseBody.Bytes);
    }

    [Fact]
    public async Task Store_StoreBusy_NothingIsRejectedAndTheNextTryStoresAllOnce()
    {
        var (session, exchanges) = StoreSamples.Run(Run, DateTimeOffset.UnixEpoch, 5);
        var recorded = new List<string>();
        var failures = 1;
        var sink = Sink(FaultyStore.Over(_store, _ => failures-- > 0 ? new SqliteException("busy", Busy) : null), recorded);

        await Assert.ThrowsAsync<SqliteException>(() => sink.StoreAsync(Spooled(exchanges), session));
        Assert.Equal((0L, 0, false), ((await _store.CountAsync(ExchangeFilter.All)).Total, recorded.Count, Directory.Exists(Rejected)));

        Assert.Equal(0, await sink.StoreAsync(Spooled(exchanges), session));
        Assert.Equal(5, (await _store.CountAsync(ExchangeFilter.All)).Total);
        Assert.Equal(5, recorded.Count);
        Assert.True((await ExchangeVerifier.VerifyAsync(_store)).Passed);
    }

    [Fact]
    public async Task Store_StoreGoesAwayAmongTheSingleOnes_EachIsReportedOnce()
    {
        var (session, exchanges) = StoreSamples.Run(Run, DateTimeOffset.UnixEpoch, 5);
        var recorded = new List<string>();
        var refusing = Refusing(exchanges[4].Id);
        var appends = 0;
        var sink = Sink(FaultyStore.Over(_store, batch => ++appends == 4 ? new SqliteException("busy", Busy) : refusing(batch)), recorded);

        await Assert.ThrowsAsync<SqliteException>(() => sink.StoreAsync(Spooled(exchanges), session));
        Assert.Equal(1, await sink.StoreAsync(Spooled(exchanges), session));
        Assert.Equal(exchanges.Take(4).Select(exchange => exchange.Id), recorded);
        Assert.Equal(4, (await _store.CountAsync(ExchangeFilter.All)).Total);
    }

    [Fact]
    public async Task Post_StoreRefusesOneOfThree_DeclaredAsStoreRefusedAndTheLogVerifies()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);
        await using (var other = new SqliteConnection($"Data Source={gateway.Home.DatabasePath};Pooling=False"))
        {
            await other.OpenAsync();
            await using var trigger = other.CreateCommand();
            trigger.CommandText = "CREATE TRIGGER refuse BEFORE INSERT ON exchanges WHEN NEW.path LIKE '%poison%' BEGIN SELECT RAISE(ABORT, 'refused'); END";
            await trigger.ExecuteNonQueryAsync();
        }

        foreach (var query in (string[])["?a", "?poison", "?c"])
        {
            var answer = await RawClient.PostAsync(gateway.Url, "/v1/chat/completions" + query, Samples.ChatRequest);
            Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        }

        await gateway.Server.DrainedAsync();
        var counts = gateway.Server.Counts;
        Assert.Equal((3, 2, 0, 1), (counts.Forwarded, counts.Recorded, counts.Pending, counts.Drops["store_refused"]));
        Assert.Equal((0, 0), (counts.InFlight, counts.Unexplained));
        Assert.Contains("1 store_refused", gateway.Server.Health.Reasons.Single(), StringComparison.Ordinal);
        var kept = await KeptAsync(Path.Combine(gateway.Home.SpoolDirectory, SpoolDirectory.RejectedName));
        Assert.Equal(("/v1/chat/completions?poison", Samples.ChatRequest), (kept.Path, Encoding.UTF8.GetString(kept.RequestBody.Bytes)));
        Assert.Equal(Samples.Chat, Encoding.UTF8.GetString(kept.ResponseBody.Bytes));

        Assert.Equal(["/v1/chat/completions?a", "/v1/chat/completions?c"], (await gateway.StopAndReadAsync()).Select(exchange => exchange.Path));
        await using var store = await ExchangeStore.OpenAsync(gateway.Home);
        var verified = await ExchangeVerifier.VerifyAsync(store);
        Assert.Equal((3L, 2L, 1L, 0L), (verified.Forwarded, verified.Recorded, verified.Drops["store_refused"], verified.Unfinished));
    }

    [Fact]
    public async Task Run_StoreRefusesAgainAfterAnInterruptedRecovery_DeclaredOnceAndTheLogVerifies()
    {
        var session = Guid.Parse(Run);
        using (var directory = SpoolDirectory.Create(_log.Home.SpoolDirectory, session))
        {
            using var writer = SpoolSamples.Writer(directory);
            for (var i = 0; i < 10; i++)
            {
                writer.AppendExchange(SpoolSamples.Record(session, i), buffered: false);
            }
        }

        var refusing = Refusing(SpoolSamples.Id(9));
        var dies = FaultyStore.Over(_store, batch => batch.Count == 0 ? new SqliteException("busy", Busy) : refusing(batch));
        await Assert.ThrowsAsync<SqliteException>(() => SpoolReplay.RunAsync(dies, _log.Home.SpoolDirectory));
        Assert.Single(Directory.GetFiles(Rejected));

        Assert.Equal(1, (await SpoolReplay.RunAsync(FaultyStore.Over(_store, refusing), _log.Home.SpoolDirectory)).Sessions);
        var verified = await ExchangeVerifier.VerifyAsync(_store);
        Assert.Equal((10L, 9L, 1L, 0L), (verified.Forwarded, verified.Recorded, verified.Dropped, verified.Unfinished));
        Assert.True(verified.Passed, string.Join('\n', verified.Faults));
        Assert.Single(Directory.GetFiles(Rejected));
    }

    [Fact]
    public async Task VerifyAsync_MoreMissingThanDeclaredRefused_IsAFault()
    {
        var (session, exchanges) = StoreSamples.Run(Run, DateTimeOffset.UnixEpoch, 9);
        exchanges.RemoveAll(exchange => exchange.Sequence is 3 or 5);
        await _store.AppendAsync(exchanges, [session with { Drops = new Dictionary<string, long> { ["store_refused"] = 2 } }]);
        Assert.True((await ExchangeVerifier.VerifyAsync(_store)).Passed);

        await _store.SaveSessionAsync(session with { Drops = new Dictionary<string, long> { ["store_refused"] = 1 } });
        var fault = Assert.Single((await ExchangeVerifier.VerifyAsync(_store)).Faults);
        Assert.Equal((Run, "number 5 is missing from the log"), (fault.Subject, fault.Reason));
    }

    private static List<SpooledExchange> Spooled(List<Exchange> exchanges) => [.. exchanges.Select(exchange => new SpooledExchange(exchange, new ArrivalTimes()))];

    private static Func<IReadOnlyList<Exchange>, Exception?> Refusing(string id) =>
        batch => batch.Any(exchange => exchange.Id == id) ? new SqliteException("string or blob too big", TooBig) : null;

    /// <summary>The only record in a rejected folder.</summary>
    private static async Task<Exchange> KeptAsync(string folder)
    {
        var file = Assert.Single(Directory.GetFiles(folder));
        var kept = JsonSerializer.Deserialize<Exchange>(await File.ReadAllBytesAsync(file), JsonDefaults.Options)!;
        Assert.Equal(kept.Id + ".json", Path.GetFileName(file));
        return kept;
    }

    private ExchangeSink Sink(IExchangeStore store, List<string> recorded) =>
        new(store, Rejected, long.MaxValue, exchange => recorded.Add(exchange.Id), static () => null, NullLogger.Instance);
}
