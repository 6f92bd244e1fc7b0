using Tda.Store.Verification;

namespace Tda.Store.Tests;

public sealed class ExchangeStoreTests
{
    private static readonly DateTimeOffset Start = new(2025, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task GetAsync_EveryField_AsAppended(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var full = StoreSamples.Full("e-1", Start);
        await store.AppendAsync(full);

        var read = await store.GetAsync("e-1");

        Assert.Equivalent(full, read, strict: true);
        Assert.Equal(full.RequestBody.Bytes, read!.RequestBody.Bytes);
        Assert.Null(await store.GetAsync("e-2"));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task GetAsync_AnyBody_ByteExact(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
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

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task AppendAsync_SameIdTwice_FirstStays(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        await store.AppendAsync(StoreSamples.Minimal("e", Start) with { Response = "first" });
        await store.AppendAsync(StoreSamples.Minimal("e", Start) with { Response = "second" });

        Assert.Equal("first", (await store.GetAsync("e"))!.Response);
    }

    [Theory]
    [InlineData(Databases.Sqlite, true)]
    [InlineData(Databases.Sqlite, false)]
    [InlineData(Databases.Postgres, true)]
    [InlineData(Databases.Postgres, false)]
    public async Task ListAsync_ManyAtTheSameTime_KeysetPagesReachEachOnceInOrder(string database, bool oldestFirst)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
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

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task ListAsync_EachCondition_SelectsWhatItSays(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        await store.AppendAsync(StoreSamples.Full("full", Start));
        await store.AppendAsync(StoreSamples.Minimal("plain", Start.AddHours(1)) with { Prompt = "50% of_it\\, Größe x-ray" });

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
        await ExpectAsync(new() { Text = "it of" }, "plain");
        await ExpectAsync(new() { Text = "of_it" }, "plain");
        await ExpectAsync(new() { Text = "\"of it\"" }, "plain");
        await ExpectAsync(new() { Text = "\"it of\"" });
        await ExpectAsync(new() { Text = "GRÖSSE" });
        await ExpectAsync(new() { Text = "GRÖßE x-RAY" }, "plain");
        await ExpectAsync(new() { Text = "respon" });
        await ExpectAsync(new() { Text = "respon*" }, "full");
        await ExpectAsync(new() { Text = "response", Model = "model-x", TagName = "run" }, "full");
        await ExpectAsync(new() { Text = "%" });
        await ExpectAsync(new() { Text = "' OR 1=1 -- & | ! ( ) : * NEAR( \"" });
        await ExpectAsync(new() { Text = "  " }, "plain", "full");
        await ExpectAsync(new() { Model = "x' OR '1'='1" });
        await ExpectAsync(new() { State = TerminalState.ClientAbort, Streamed = false });

        async Task ExpectAsync(ExchangeFilter filter, params string[] ids)
        {
            Assert.Equal(ids, (await store.ListAsync(filter).ToListAsync()).Select(e => e.Id));
            Assert.Equal(ids.Length, (await store.CountAsync(filter)).Total);
            Assert.Equal(Math.Min(1, ids.Length), await store.CountUpToAsync(filter, 1));
        }
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task CountAsync_States_Counted(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        await store.AppendAsync([StoreSamples.Full("a", Start), StoreSamples.Minimal("b", Start), StoreSamples.Minimal("c", Start)], []);

        var counts = await store.CountAsync(ExchangeFilter.All);

        Assert.Equal((3, 1, 2), (counts.Total, counts.ByState[TerminalState.ClientAbort], counts.ByState[TerminalState.Complete]));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task OpenAsync_TwoProcessesAtOnce_BothMigrateAndWrite(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var stores = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
            Task.Run(() => ExchangeStore.OpenAsync(log.Home, new() { Location = log.Location }))));
        await Task.WhenAll(stores.Select((store, i) => Task.Run(() => store.AppendAsync(StoreSamples.Minimal($"e-{i}", Start)))));

        Assert.Equal(4, (await stores[0].CountAsync(ExchangeFilter.All)).Total);
        foreach (var store in stores)
        {
            await store.DisposeAsync();
        }
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task OpenAsync_NewerSchema_RefusedByVersion(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var location = (await log.OpenAsync()).Location;
        await log.TamperAsync("INSERT INTO schema_version VALUES (99, 0)");

        var error = await Assert.ThrowsAsync<BadInputException>(() => log.OpenAsync());

        Assert.Equal(3, error.ExitCode);
        Assert.Contains("version 99", error.Message, StringComparison.Ordinal);
        Assert.Contains(location, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_NotADatabase_ClearError()
    {
        await using var log = await TestLog.CreateAsync(Databases.Sqlite);
        log.Directory.Write("tda.db", "this is a text file, long enough not to be taken for an empty database by anyone.");

        var error = await Assert.ThrowsAsync<TdaException>(() => log.OpenAsync());

        Assert.Contains("not a SQLite database", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AppendAsync_LogFull_ClearErrorAndNothingHalfWritten()
    {
        await using var log = await TestLog.CreateAsync(Databases.Sqlite);
        var store = await log.OpenAsync(new() { MaxBytes = 300_000 });
        var large = StoreSamples.Minimal("large", Start) with { ResponseBody = RecordedBody.Of(new byte[400_000]) };

        var error = await Assert.ThrowsAsync<TdaException>(() => store.AppendAsync([StoreSamples.Minimal("small", Start), large], []));

        Assert.Contains("full", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, (await store.CountAsync(ExchangeFilter.All)).Total);
        await store.AppendAsync(StoreSamples.Minimal("small", Start));
        Assert.Equal(1, (await store.CountAsync(ExchangeFilter.All)).Total);
    }
}
