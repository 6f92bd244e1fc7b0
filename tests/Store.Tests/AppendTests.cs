using Tda.Store.Verification;
using Tda.TestKit;

namespace Tda.Store.Tests;

public sealed class AppendTests
{
    private static readonly DateTimeOffset Start = new(2025, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task AppendAsync_OverlappingBatches_EachExchangeOnce(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var (session, exchanges) = StoreSamples.Run("s-1", Start, 300);

        await store.AppendAsync(exchanges[..200], [session]);
        await store.AppendAsync([.. exchanges[100..], .. exchanges[290..]], [session]);

        Assert.Equal(300, (await store.CountAsync(ExchangeFilter.All)).Total);
        Assert.Equal(exchanges.Select(exchange => exchange.Id), (await store.ReadAsync(new() { OldestFirst = true }).ToListAsync()).Select(exchange => exchange.Id));
        Assert.Empty((await ExchangeVerifier.VerifyAsync(store)).Faults);
    }

    // One of a batch that can't be taken: nothing of it is stored; one by one, all others are.
    [Theory]
    [ClassData(typeof(Databases))]
    public async Task AppendAsync_OneBad_ThrowsAndTheOthersGoInOneByOne(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var (session, exchanges) = StoreSamples.Run("s-1", Start, 4);
        List<Exchange> batch = [exchanges[0], exchanges[1], exchanges[1] with { Id = "impostor" }, exchanges[2]];

        var error = await Assert.ThrowsAsync<TdaException>(() => store.AppendAsync(batch, [session]));
        Assert.Contains("impostor", error.Message, StringComparison.Ordinal);
        Assert.Contains("s-1-0002", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, (await store.CountAsync(ExchangeFilter.All)).Total);
        Assert.Empty(await store.SessionsAsync());

        var refused = 0;
        foreach (var exchange in batch)
        {
            try
            {
                await store.AppendAsync([exchange], [session]);
            }
            catch (TdaException)
            {
                refused++;
            }
        }

        Assert.Equal((1, 3L), (refused, (await store.CountAsync(ExchangeFilter.All)).Total));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task AppendAsync_AnyText_StoredAsNearAsTheDatabaseCanAndBodiesExactly(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var body = new byte[] { 0, 0xFF, (byte)'a', 0 };
        var odd = StoreSamples.Full("odd", Start) with
        {
            Prompt = "nul \0 and half \ud83d of a pair",
            Messages = [new("user", "nul \0 stays in JSON")],
            Response = "\0",
            Model = "m\0",
            Failure = "\0",
            Reasoning = "\udc00",
            Tags = new Dictionary<string, string> { ["t"] = "v" },
            RequestBody = RecordedBody.Of(body),
            ResponseBody = RecordedBody.Of([]),
        };

        await store.AppendAsync(odd);
        var read = (await store.GetAsync("odd"))!;

        Assert.Equal("nul \u2400 and half \ufffd of a pair", read.Prompt);
        Assert.Equal("nul \0 stays in JSON", read.Messages![0].Content);
        Assert.Equal(("\u2400", "m\u2400", "\u2400", "\ufffd"), (read.Response, read.Model, read.Failure, read.Reasoning));
        Assert.Equal(body, read.RequestBody.Bytes);
        Assert.Equal(RecordedBody.Empty.Sha256, read.ResponseBody.Sha256);
        Assert.Single(await store.ListAsync(new() { Text = "half pair" }).ToListAsync());
    }

    // PostgreSQL's index of words holds at most 1 MiB of one exchange.
    [Theory]
    [ClassData(typeof(Databases))]
    public async Task AppendAsync_HugeTexts_StoredAndFoundByTheirBeginning(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var random = new Random(20260105);
        var words = string.Join(' ', Enumerable.Range(0, 400_000).Select(_ => $"w{random.Next():x}"));
        var huge = StoreSamples.Minimal("huge", Start) with { Prompt = "beginning " + words, Response = "answer " + new string('ü', 3_000_000) };

        await store.AppendAsync(huge);

        Assert.Equal(huge.Prompt, (await store.GetAsync("huge"))!.Prompt);
        Assert.Single(await store.ListAsync(new() { Text = "beginning answer" }).ToListAsync());
        Assert.Empty(await store.ListAsync(new() { Text = new string('ü', 3_000) }).ToListAsync());
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task AppendAsync_MoreThanAMicrosecondHolds_EachHasItsPlace(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var first = Enumerable.Range(0, 1500).Select(i => StoreSamples.Minimal($"a-{i:D4}", Start)).ToList();
        await store.AppendAsync(first, []);
        await store.AppendAsync(StoreSamples.Minimal("b", Start));
        await store.AppendAsync(StoreSamples.Minimal("c", Start.AddMicroseconds(1)));

        var listed = (await store.ListAsync(new() { OldestFirst = true }).ToListAsync()).ConvertAll(e => e.Id);

        Assert.Equal([.. first.Select(e => e.Id), "b", "c"], listed);
    }

    [Fact]
    public async Task AppendAsync_ServerStoppedAndStarted_FailsClearlyThenGoesOn()
    {
        var server = await PostgresServer.CreateAsync();
        try
        {
            using var home = new TempDirectory();
            var address = server.Address(await server.CreateDatabaseAsync());
            await using var store = await ExchangeStore.OpenAsync(new(home.Path), new() { Location = address });
            await store.AppendAsync(StoreSamples.Minimal("a", Start));

            await server.StopAsync();
            var error = await Assert.ThrowsAsync<TdaException>(() => store.AppendAsync(StoreSamples.Minimal("b", Start)));
            Assert.DoesNotContain("tda:", error.Message, StringComparison.Ordinal); // the password
            var second = await Assert.ThrowsAsync<TdaException>(() => store.AppendAsync(StoreSamples.Minimal("b", Start)));
            Assert.Contains("does not answer", second.Message, StringComparison.Ordinal);

            await server.StartAsync();
            await store.AppendAsync(StoreSamples.Minimal("b", Start));
            Assert.Equal(2, (await store.CountAsync(ExchangeFilter.All)).Total);
        }
        finally
        {
            server.Remove();
        }
    }
}
