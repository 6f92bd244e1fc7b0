using Dapper;
using Tda.Store.Maintenance;
using Tda.Store.Verification;

namespace Tda.Store.Tests;

public sealed class RetentionTests
{
    private static readonly DateTimeOffset Start = new(2025, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task PruneAsync_OldOnes_GoWithAllThatHangsOnThemAndTheChainHolds(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var (session, exchanges) = StoreSamples.Run("s-1", Start, 40);
        await store.AppendAsync([.. exchanges, StoreSamples.Minimal("imported", Start)], [session]);
        Assert.True(await store.AddFeedbackAsync(new() { ExchangeId = "s-1-0001", Label = "old", At = Start }));
        var earlier = new VerificationOptions { Against = (await ExchangeVerifier.VerifyAsync(store)).Heads };

        // In two runs, as after an interruption, and in batches that don't divide the number.
        Assert.Equal(7, await store.PruneAsync(Start.AddSeconds(31), 7));
        var removed = await ExchangeRetention.PruneAsync(store, Start.AddSeconds(31), "me", TimeProvider.System, batch: 7);

        Assert.Equal(24, removed);
        Assert.Equal(10, (await store.CountAsync(ExchangeFilter.All)).Total);
        var result = await ExchangeVerifier.VerifyAsync(store, earlier);
        Assert.Empty(result.Faults);
        Assert.Equal((10L, 30L, 40L), (result.Recorded, result.Pruned, result.Forwarded));
        Assert.Equal(new PrunedRange(1, 30, exchanges[29].Chain), Assert.Single((await store.RemainsAsync("s-1")).Pruned));
        Assert.Empty(await store.ListAsync(new() { Text = "\"number 7\"" }).ToListAsync());
        Assert.Single(await store.ListAsync(new() { Text = "\"number 37\"" }).ToListAsync());
        await using var connection = await log.ConnectAsync();
        Assert.Equal(11, await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM blobs")); // 10 responses and the request that all share
        Assert.Equal(10, await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM exchange_tags"));
        Assert.Equal(0, await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM feedback"));
        Assert.Equal(["prune", "prune"], (await store.AuditsAsync()).Select(entry => entry.Action));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task PruneAsync_OutOfOrder_LeavesRangesThatMeet(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var (session, exchanges) = StoreSamples.Run("s-1", Start, 6);

        // Numbers are in the order of the end, times of the beginning: 2 and 5 began late.
        var times = new Dictionary<long, int> { [1] = 0, [2] = 100, [3] = 1, [4] = 2, [5] = 90, [6] = 3 };
        var run = Renumber(exchanges, times);
        await store.AppendAsync(run, [session with { ChainHead = run[^1].Chain }]);

        Assert.Equal(4, await store.PruneAsync(Start.AddSeconds(10), 100));
        Assert.Equal([(1L, 1L), (3L, 4L), (6L, 6L)], (await store.RemainsAsync("s-1")).Pruned.Select(range => (range.First, range.Last)));
        Assert.Empty((await ExchangeVerifier.VerifyAsync(store)).Faults);

        Assert.Equal(2, await store.PruneAsync(Start.AddSeconds(1000), 100));
        Assert.Equal([(1L, 6L)], (await store.RemainsAsync("s-1")).Pruned.Select(range => (range.First, range.Last)));
        var result = await ExchangeVerifier.VerifyAsync(store);
        Assert.Empty(result.Faults);
        Assert.Equal(new ChainHead("s-1", 6, run[^1].Chain!), Assert.Single(result.Heads));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task PruneAsync_ForgedRange_BreaksTheChain(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var (session, exchanges) = StoreSamples.Run("s-1", Start, 6);
        await store.AppendAsync(exchanges, [session]);
        await store.PruneAsync(Start.AddSeconds(3), 100);

        // Hides one more exchange behind what retention removed.
        await log.TamperAsync("DELETE FROM exchanges WHERE sequence = 3");
        await log.TamperAsync("UPDATE pruned_ranges SET last_sequence = 3");

        Assert.Equal("s-1-0004", Assert.Single((await ExchangeVerifier.VerifyAsync(store)).Faults).Subject);
    }

    private static List<Core.Exchanges.Exchange> Renumber(List<Core.Exchanges.Exchange> exchanges, Dictionary<long, int> seconds)
    {
        var link = Core.Exchanges.ExchangeChain.Start("s-1");
        return exchanges.ConvertAll(exchange =>
        {
            var moved = exchange with { StartedAt = Start.AddSeconds(seconds[exchange.Sequence!.Value]) };
            link = Core.Exchanges.ExchangeChain.Next(link, Core.Exchanges.ExchangeEnvelope.Digest(moved));
            return moved with { Chain = Convert.ToHexStringLower(link) };
        });
    }
}
