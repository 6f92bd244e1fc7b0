using Tda.Store.Verification;

namespace Tda.Store.Tests;

public sealed class ExchangeVerifierTests
{
    private static readonly DateTimeOffset Start = new(2025, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task VerifyAsync_SoundLog_PassesAndGivesTheHeads(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var (first, exchanges) = StoreSamples.Run("s-1", Start, 250);
        var (second, others) = StoreSamples.Run("s-2", Start.AddSeconds(100), 3);
        await store.AppendAsync([.. exchanges, .. others, StoreSamples.Minimal("imported", Start)], [first, second with { Forwarded = 5, Drops = new Dictionary<string, long> { ["opt_out"] = 2 } }]);

        var result = await ExchangeVerifier.VerifyAsync(store);

        Assert.Empty(result.Faults);
        Assert.Equal((254L, 2L, 255L, 253L, 2L, 0L), (result.Exchanges, result.Sessions, result.Forwarded, result.Recorded, result.Dropped, result.Unfinished));
        Assert.Equal([new("s-1", 250, first.ChainHead!), new("s-2", 3, second.ChainHead!)], result.Heads);
        Assert.Equal(2, result.Drops["opt_out"]);
    }

    [Theory]
    [InlineData(Databases.Sqlite, "path = '/elsewhere'")]
    [InlineData(Databases.Sqlite, "total_ms = 3")]
    [InlineData(Databases.Postgres, "tags = '{}'")]
    [InlineData(Databases.Postgres, "request_headers = '[]'")]
    public async Task VerifyAsync_ChangedExchange_NamesIt(string database, string change)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var (session, exchanges) = StoreSamples.Run("s-1", Start, 20);
        await store.AppendAsync(exchanges, [session]);
        await log.TamperAsync($"UPDATE exchanges SET {change} WHERE id = 's-1-0013'");

        var fault = Assert.Single((await ExchangeVerifier.VerifyAsync(store)).Faults);

        Assert.Equal("s-1-0013", fault.Subject);
        Assert.Contains("hash chain", fault.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task VerifyAsync_RemovedExchange_NamesTheGap(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var (session, exchanges) = StoreSamples.Run("s-1", Start, 9);
        await store.AppendAsync(exchanges, [session]);
        await log.TamperAsync("DELETE FROM exchanges WHERE sequence IN (4, 5)");

        var fault = Assert.Single((await ExchangeVerifier.VerifyAsync(store)).Faults);

        Assert.Equal(("s-1", "numbers 4 to 5 are missing from the log"), (fault.Subject, fault.Reason));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task VerifyAsync_TailMissing_IsAFaultUnlessTheRunGoesOnOrTheSpoolHasIt(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var (session, exchanges) = StoreSamples.Run("s-1", Start, 9);
        await store.AppendAsync(exchanges[..6], [session]);

        Assert.Contains("numbers 7 to 9", Assert.Single((await ExchangeVerifier.VerifyAsync(store)).Faults).Reason, StringComparison.Ordinal);

        var pending = new VerificationOptions { Pending = new Dictionary<string, PendingRange> { ["s-1"] = new(5, 9) } };
        var spooled = await ExchangeVerifier.VerifyAsync(store, pending);
        Assert.Equal((true, 6L, 3L, 0L), (spooled.Passed, spooled.Recorded, spooled.Spooled, spooled.Unfinished));

        await store.SaveSessionAsync(session with { StoppedAt = null, Forwarded = 11 });
        var killed = await ExchangeVerifier.VerifyAsync(store);
        Assert.Equal((true, 6L, 0L, 5L), (killed.Passed, killed.Recorded, killed.Spooled, killed.Unfinished));

        // Known to be over: its spool has been brought in, so what it had spooled must be there. Two were under way when it was killed.
        var over = await ExchangeVerifier.VerifyAsync(store, new VerificationOptions { Running = new HashSet<string>() });
        Assert.Contains("numbers 7 to 9", Assert.Single(over.Faults).Reason, StringComparison.Ordinal);
        Assert.Equal(2, over.Unfinished);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task VerifyAsync_KilledRunWithNearlyAllDeleted_IsNotSound(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var (session, exchanges) = StoreSamples.Run("s-1", Start, 68);
        await store.AppendAsync(exchanges, [session with { StoppedAt = null }]);
        await log.TamperAsync("DELETE FROM exchanges WHERE sequence > 1");

        var result = await ExchangeVerifier.VerifyAsync(store, new VerificationOptions { Running = new HashSet<string>() });

        Assert.Contains("numbers 2 to 68 are missing", Assert.Single(result.Faults).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task VerifyAsync_CountersDontAddUp_NamesTheSession(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var (session, exchanges) = StoreSamples.Run("s-1", Start, 2);
        await store.AppendAsync(exchanges, [session with { Forwarded = 3 }]);

        var fault = Assert.Single((await ExchangeVerifier.VerifyAsync(store)).Faults);

        Assert.Equal("s-1", fault.Subject);
        Assert.Contains("forwarded 3", fault.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task VerifyAsync_SessionWithoutNumbers_CountsAsBefore(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var old = StoreSamples.Full("a", Start) with { Sequence = null, Chain = null };
        var session = new GatewaySession { Id = "s-1", StartedAt = Start, StoppedAt = Start, Durability = "written", Forwarded = 2, Spooled = 1 };
        await store.AppendAsync([old], [session]);

        var result = await ExchangeVerifier.VerifyAsync(store);
        Assert.Equal((true, 1L, 1L), (result.Passed, result.Recorded, result.Spooled));

        await store.SaveSessionAsync(session with { Spooled = 0 });
        Assert.Contains("forwarded 2", Assert.Single((await ExchangeVerifier.VerifyAsync(store)).Faults).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Databases.Sqlite, "UPDATE blobs SET bytes = x'010204' WHERE bytes = x'010203'", "SHA-256")]
    [InlineData(Databases.Sqlite, "DELETE FROM blobs WHERE bytes = x'010203'", "missing")]
    [InlineData(Databases.Postgres, @"UPDATE blobs SET bytes = '\x010204' WHERE bytes = '\x010203'", "SHA-256")]
    [InlineData(Databases.Postgres, @"DELETE FROM blobs WHERE bytes = '\x010203'", "missing")]
    public async Task VerifyAsync_BodyChangedOrGone_NamesTheExchange(string database, string change, string reason)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        await store.AppendAsync(StoreSamples.Minimal("changed", Start) with { ResponseBody = RecordedBody.Of([1, 2, 3]) });
        Assert.Equal(1, await log.TamperAsync(change));

        var fault = Assert.Single((await ExchangeVerifier.VerifyAsync(store)).Faults);

        Assert.Equal("changed", fault.Subject);
        Assert.Contains(reason, fault.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task VerifyAsync_RewrittenHistory_ShowsAgainstAnEarlierHeadOnly(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var (session, exchanges) = StoreSamples.Run("s-1", Start, 5);
        await store.AppendAsync(exchanges, [session]);
        var earlier = new VerificationOptions { Against = (await ExchangeVerifier.VerifyAsync(store)).Heads };
        var (grown, more) = StoreSamples.Run("s-1", Start, 8);
        await store.AppendAsync(more, [grown]);
        Assert.True((await ExchangeVerifier.VerifyAsync(store, earlier)).Passed);

        // Somebody with the whole database changes an exchange and makes all links after it anew.
        await log.TamperAsync("DELETE FROM exchanges");
        var (forged, forgeries) = Forge(more);
        await store.AppendAsync(forgeries, [grown with { ChainHead = forged }]);

        Assert.True((await ExchangeVerifier.VerifyAsync(store)).Passed);
        Assert.Contains("rewritten", Assert.Single((await ExchangeVerifier.VerifyAsync(store, earlier)).Faults).Reason, StringComparison.Ordinal);

        await log.TamperAsync("DELETE FROM exchanges");
        await store.SaveSessionAsync(grown with { Forwarded = 0, Spooled = 0, ChainHead = null });
        Assert.Contains("cut", Assert.Single((await ExchangeVerifier.VerifyAsync(store, earlier)).Faults).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task VerifyAsync_Reparse_NamesWhatIsNotAsTheBodiesSay(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var (session, exchanges) = StoreSamples.Run("s-1", Start, 3);
        await store.AppendAsync(exchanges, [session]);
        Exchange? Reparse(Exchange exchange) => exchange.Sequence == 1 ? null : exchange with { Prompt = $"prompt number {exchange.Sequence}" };

        Assert.True((await ExchangeVerifier.VerifyAsync(store, new VerificationOptions { Reparse = Reparse })).Passed);

        await log.TamperAsync("UPDATE exchanges SET prompt = 'another'");
        Assert.Equal(
            [new("s-1-0002", "its prompt is not what its bodies say"), new("s-1-0003", "its prompt is not what its bodies say")],
            (await ExchangeVerifier.VerifyAsync(store, new VerificationOptions { Reparse = Reparse })).Faults);
    }

    private static (string Head, List<Exchange> Exchanges) Forge(List<Exchange> exchanges)
    {
        var link = ExchangeChain.Start("s-1");
        var forged = new List<Exchange>();
        foreach (var exchange in exchanges)
        {
            var changed = exchange.Sequence == 3 ? exchange with { Path = "/forged" } : exchange;
            link = ExchangeChain.Next(link, ExchangeEnvelope.Digest(changed));
            forged.Add(changed with { Chain = Convert.ToHexStringLower(link) });
        }

        return (Convert.ToHexStringLower(link), forged);
    }
}
