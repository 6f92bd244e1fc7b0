using Dapper;
using Microsoft.Data.Sqlite;
using Tda.Core.Errors;
using Tda.Core.Exchanges;
using Tda.Core.Home;
using Tda.Core.Store;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Store;

public sealed class ExchangeStoreTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2025, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly TempDirectory _directory = new();

    private TdaHome Home => new(_directory.Path);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task GetAsync_EveryField_AsAppended()
    {
        await using var store = await ExchangeStore.OpenAsync(Home);
        var full = StoreSamples.Full("e-1", Start);
        await store.AppendAsync(full);

        var read = await store.GetAsync("e-1");

        Assert.Equivalent(full, read, strict: true);
        Assert.Equal(full.RequestBody.Bytes, read!.RequestBody.Bytes);
        Assert.Null(await store.GetAsync("e-2"));
    }

    [Fact]
    public async Task GetAsync_AnyBody_ByteExact()
    {
        await using var store = await ExchangeStore.OpenAsync(Home);
        var random = new Random(20251017);
        for (var i = 0; i < 60; i++)
        {
            var body = new byte[random.Next(3000)];
            random.NextBytes(body);
            await store.AppendAsync(StoreSamples.Minimal($"b-{i}", Start) with { RequestBody = RecordedBody.Of(body), ResponseBody = RecordedBody.Of(body) });
            Assert.Equal(body, (await store.GetAsync($"b-{i}"))!.ResponseBody.Bytes);
        }

        Assert.True((await ExchangeVerifier.VerifyAsync(store)).Passed);
    }

    [Fact]
    public async Task AppendAsync_SameIdTwice_FirstStays()
    {
        await using var store = await ExchangeStore.OpenAsync(Home);
        await store.AppendAsync(StoreSamples.Minimal("e", Start) with { Response = "first" });
        await store.AppendAsync(StoreSamples.Minimal("e", Start) with { Response = "second" });

        Assert.Equal("first", (await store.GetAsync("e"))!.Response);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ListAsync_ManyAtTheSameTime_KeysetPagesReachEachOnceInOrder(bool oldestFirst)
    {
        await using var store = await ExchangeStore.OpenAsync(Home);
        var all = Enumerable.Range(0, 450).Select(i => StoreSamples.Minimal($"e-{i:D4}", Start.AddSeconds(i / 100))).ToList();
        await store.AppendAsync(all, []);

        var seen = new List<string>();
        ExchangeCursor? cursor = null;
        while (true)
        {
            var page = await store.ListAsync(new() { OldestFirst = oldestFirst, After = cursor, Limit = 37 }).ToListAsync();
            if (page.Count == 0)
            {
                break;
            }

            seen.AddRange(page.Select(e => e.Id));
            Assert.True(ExchangeCursor.TryParse(page[^1].Cursor.ToString(), out var parsed));
            cursor = parsed;
        }

        var expected = all.Select(e => e.Id);
        Assert.Equal(oldestFirst ? expected : expected.Reverse(), seen);
        Assert.Equal(450, await store.ListAsync(ExchangeFilter.All).CountAsync());
    }

    [Fact]
    public async Task ListAsync_EachCondition_SelectsWhatItSays()
    {
        await using var store = await ExchangeStore.OpenAsync(Home);
        await store.AppendAsync(StoreSamples.Full("full", Start));
        await store.AppendAsync(StoreSamples.Minimal("plain", Start.AddHours(1)) with { Prompt = "50% of_it\\" });

        await ExpectAsync(new() { From = Start.AddMinutes(1) }, "plain");
        await ExpectAsync(new() { To = Start.AddHours(1) }, "full");
        await ExpectAsync(new() { Model = "model-x" }, "full");
        await ExpectAsync(new() { Route = "/v1/models" }, "plain");
        await ExpectAsync(new() { State = TerminalState.ClientAbort }, "full");
        await ExpectAsync(new() { Streamed = true }, "full");
        await ExpectAsync(new() { TagName = "run" }, "full");
        await ExpectAsync(new() { TagName = "run", TagValue = "demo" }, "full");
        await ExpectAsync(new() { TagName = "run", TagValue = "other" });
        await ExpectAsync(new() { Text = "RESPONSE" }, "full");
        await ExpectAsync(new() { Text = "50%" }, "plain");
        await ExpectAsync(new() { Text = "0_" });
        await ExpectAsync(new() { Text = "f_i" }, "plain");
        await ExpectAsync(new() { Text = "it\\" }, "plain");
        await ExpectAsync(new() { Model = "x' OR '1'='1" });
        await ExpectAsync(new() { State = TerminalState.ClientAbort, Streamed = false });

        async Task ExpectAsync(ExchangeFilter filter, params string[] ids)
        {
            Assert.Equal(ids, (await store.ListAsync(filter).ToListAsync()).Select(e => e.Id));
            Assert.Equal(ids.Length, (await store.CountAsync(filter)).Total);
        }
    }

    [Fact]
    public async Task CountAsync_States_Counted()
    {
        await using var store = await ExchangeStore.OpenAsync(Home);
        await store.AppendAsync([StoreSamples.Full("a", Start), StoreSamples.Minimal("b", Start), StoreSamples.Minimal("c", Start)], []);

        var counts = await store.CountAsync(ExchangeFilter.All);

        Assert.Equal((3, 1, 2), (counts.Total, counts.ByState[TerminalState.ClientAbort], counts.ByState[TerminalState.Complete]));
    }

    [Fact]
    public async Task OpenAsync_TwoProcessesAtOnce_BothMigrateAndWrite()
    {
        var stores = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => ExchangeStore.OpenAsync(Home))));
        await Task.WhenAll(stores.Select((store, i) => Task.Run(() => store.AppendAsync(StoreSamples.Minimal($"e-{i}", Start)))));

        Assert.Equal(4, (await stores[0].CountAsync(ExchangeFilter.All)).Total);
        foreach (var store in stores)
        {
            await store.DisposeAsync();
        }
    }

    [Fact]
    public async Task OpenAsync_NewerSchema_RefusedByVersion()
    {
        await (await ExchangeStore.OpenAsync(Home)).DisposeAsync();
        await using (var connection = new SqliteConnection($"Data Source={Home.DatabasePath};Pooling=False"))
        {
            await connection.ExecuteAsync("INSERT INTO schema_version VALUES (99, 0)");
        }

        var error = await Assert.ThrowsAsync<BadInputException>(() => ExchangeStore.OpenAsync(Home));

        Assert.Equal(3, error.ExitCode);
        Assert.Contains("version 99", error.Message, StringComparison.Ordinal);
        Assert.Contains(Home.DatabasePath, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_NotADatabase_ClearError()
    {
        _directory.Write("tda.db", "this is a text file, long enough not to be taken for an empty database by anyone.");

        var error = await Assert.ThrowsAsync<TdaException>(() => ExchangeStore.OpenAsync(Home));

        Assert.Contains("not a SQLite database", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AppendAsync_LogFull_ClearErrorAndNothingHalfWritten()
    {
        await using var store = await ExchangeStore.OpenAsync(Home, new() { MaxBytes = 200_000 });
        var large = StoreSamples.Minimal("large", Start) with { ResponseBody = RecordedBody.Of(new byte[400_000]) };

        var error = await Assert.ThrowsAsync<TdaException>(() => store.AppendAsync([StoreSamples.Minimal("small", Start), large], []));

        Assert.Contains("full", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, (await store.CountAsync(ExchangeFilter.All)).Total);
        await store.AppendAsync(StoreSamples.Minimal("small", Start));
        Assert.Equal(1, (await store.CountAsync(ExchangeFilter.All)).Total);
    }
}
