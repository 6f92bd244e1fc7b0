using Tda.Store.Reviews;

namespace Tda.Store.Tests.Reviews;

public sealed class ReviewFilterTests
{
    private static readonly DateTimeOffset Start = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task ListAsync_ByStatus_WhatTheStatesSayInTheOrderOfTime(string database)
    {
        await using var desk = await OpenAsync(database, exchanges: 8);
        await DecideAsync(desk, 1, "ann", ReviewVerdict.Keep);
        await DecideAsync(desk, 5, "ann", ReviewVerdict.Keep);
        await DecideAsync(desk, 3, "ann", ReviewVerdict.Keep); // later than 5, but begun before it
        await DecideAsync(desk, 2, "ann", ReviewVerdict.Keep);
        await DecideAsync(desk, 2, "bob", ReviewVerdict.Drop);
        await DecideAsync(desk, 4, "bob", ReviewVerdict.Escalate);
        await desk.Store.UndoAsync(await DecideAsync(desk, 6, "ann", ReviewVerdict.Drop), "ann", Start);
        await desk.Store.DecideAsync([desk.Decision("e-7", "ann")]); // a document of this name is another thing

        Assert.Equal(["e-7", "e-6", "e-0"], await FoundAsync(desk, "review:open"));
        Assert.Equal(["e-5", "e-3", "e-1"], await FoundAsync(desk, "review:decided"));
        Assert.Equal(["e-2"], await FoundAsync(desk, "review:disagreed"));
        Assert.Equal(["e-4"], await FoundAsync(desk, "review:escalated"));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task ListAsync_StatusWithOtherConditions_AllHold(string database)
    {
        await using var desk = await OpenAsync(database, exchanges: 8);
        foreach (var i in (int[])[0, 1, 2, 3])
        {
            await DecideAsync(desk, i, "ann", ReviewVerdict.Keep);
            await desk.Exchanges.AddFeedbackAsync(new() { ExchangeId = $"e-{2 * i}", Label = "harm", At = Start });
        }

        Assert.Equal(["e-2", "e-0"], await FoundAsync(desk, "label:harm review:decided"));
        Assert.Equal(["e-6", "e-4"], await FoundAsync(desk, "label:harm review:open"));
        Assert.Equal(["e-3", "e-1"], await FoundAsync(desk, "tag:side=odd review:decided"));
        Assert.Equal(["e-2"], await FoundAsync(desk, "contains:word2 review:decided"));
        Assert.Empty(await FoundAsync(desk, "contains:word2 review:open"));
        Assert.Equal(["e-1", "e-0"], await FoundAsync(desk, "review:decided before:2026-06-01T12:00:02"));
        Assert.Equal(3, await desk.Exchanges.CountUpToAsync(FilterText.Parse("review:decided"), 3));
        Assert.Equal(4, await desk.Exchanges.CountUpToAsync(FilterText.Parse("review:decided"), 100));
        Assert.Equal(4, (await desk.Exchanges.CountAsync(FilterText.Parse("review:open"))).Total);
        await desk.Exchanges.EraseAsync("e-3", "a request", "me");
        Assert.Equal(["e-2", "e-1", "e-0"], await FoundAsync(desk, "review:decided"));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task ListAsync_StatusOverManyPages_EachOnce(string database)
    {
        await using var desk = await OpenAsync(database, exchanges: 450);
        var act = desk.Decision("-", "ann");
        await desk.Store.DecideAsync([.. Enumerable.Range(0, 450).Where(i => i % 9 != 0).Select(i => act with { Subject = ReviewSubject.Exchange($"e-{i}") })]);

        foreach (var oldestFirst in (bool[])[false, true])
        {
            var expected = Enumerable.Range(0, 450).Where(i => i % 9 != 0).Select(i => $"e-{i}");
            var filter = FilterText.Parse("review:decided") with { OldestFirst = oldestFirst };
            Assert.Equal(oldestFirst ? expected : expected.Reverse(), await desk.Exchanges.ListAsync(filter).Select(e => e.Id).ToListAsync());
        }

        Assert.Equal(50, await desk.Exchanges.ListAsync(FilterText.Parse("review:open")).CountAsync());
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task ListAsync_WaitingForAReviewer_AsManyReviewersAsEachNeeds(string database)
    {
        await using var desk = await OpenAsync(database, exchanges: 6);
        await DecideAsync(desk, 0, "ann", ReviewVerdict.Keep);
        await DecideAsync(desk, 1, "ann", ReviewVerdict.Keep);
        await DecideAsync(desk, 1, "bob", ReviewVerdict.Drop);
        await DecideAsync(desk, 2, "bob", ReviewVerdict.Escalate);
        await desk.Store.UndoAsync(await DecideAsync(desk, 3, "ann", ReviewVerdict.Keep), "ann", Start);
        await DecideAsync(desk, 4, "bob", ReviewVerdict.Keep);
        await desk.Store.DecideAsync([desk.Decision("-", "eve") with { Subject = ReviewSubject.Exchange("e-4"), Adjudicates = true }]);

        Assert.Equal(["e-5", "e-3"], await WaitingAsync("ann", 1));
        Assert.Equal(["e-5", "e-3"], await WaitingAsync("bob", 1));
        Assert.Equal(["e-5", "e-3"], await WaitingAsync("ann", 2));
        Assert.Equal(["e-5", "e-3", "e-0"], await WaitingAsync("bob", 2));
        Assert.Equal(["e-5", "e-3", "e-1", "e-0"], await WaitingAsync("joe", 3));
        Assert.Equal(["e-5", "e-3", "e-0"], await WaitingAsync("eve' OR 1=1 --", 2));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => WaitingAsync("ann", 0));

        Task<List<string>> WaitingAsync(string reviewer, int needed) => desk.Exchanges
            .ListAsync(new() { Review = new() { WaitingFor = reviewer, ReviewersNeeded = needed } }).Select(exchange => exchange.Id).ToListAsync().AsTask();
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task ListAsync_Sample_TheSameOnesInEveryDatabaseAndOnEveryPage(string database)
    {
        await using var desk = await OpenAsync(database, exchanges: 2000);
        await desk.Exchanges.AddFeedbackAsync(new() { ExchangeId = "e-1", Label = "harm", At = Start });

        // Exchanges that begin a second apart: what a clock sends must be sampled too.
        var expected = Enumerable.Range(0, 2000).Where(i => Chosen(Start.AddSeconds(i), 10)).Select(i => $"e-{i}").ToList();
        Assert.InRange(expected.Count, 150, 250);
        Assert.Equal(expected, await desk.Exchanges.ListAsync(new() { Sample = 10, OldestFirst = true }).Select(e => e.Id).ToListAsync());
        Assert.Equal(expected.Count, await desk.Exchanges.CountUpToAsync(new() { Sample = 10 }, 10_000));
        Assert.Equal(2000, await desk.Exchanges.CountUpToAsync(new() { Sample = 1 }, 10_000));
        var first = await desk.Exchanges.ListAsync(new() { Sample = 10, OldestFirst = true, Limit = 7 }).LastAsync();
        var rest = await desk.Exchanges.ListAsync(new() { Sample = 10, OldestFirst = true, After = first.Cursor }).Select(e => e.Id).ToListAsync();
        Assert.Equal(expected.Skip(7), rest);
        Assert.Equal(
            Chosen(Start.AddSeconds(1), 3) ? 1 : 0, await desk.Exchanges.ListAsync(new() { Sample = 3, FeedbackLabel = "harm" }).CountAsync());
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => desk.Exchanges.ListAsync(new() { Sample = 0 }).CountAsync().AsTask());
    }

    private static bool Chosen(DateTimeOffset time, int oneIn)
    {
        var rest = ExchangeTime.ToMicroseconds(time) * 1024 % int.MaxValue;
        return rest * rest % int.MaxValue % oneIn == 0;
    }

    private static async Task<ReviewDesk> OpenAsync(string database, int exchanges)
    {
        var desk = await ReviewDesk.OpenAsync(database);
        var all = Enumerable.Range(0, exchanges).Select(i => StoreSamples.Minimal($"e-{i}", Start.AddSeconds(i)) with
        {
            Prompt = $"word{i}",
            Tags = new Dictionary<string, string> { ["side"] = i % 2 == 0 ? "even" : "odd" },
        });
        await desk.Exchanges.AppendAsync([.. all], []);
        return desk;
    }

    private static async Task<string> DecideAsync(ReviewDesk desk, int exchange, string by, ReviewVerdict verdict) =>
        (await desk.Store.DecideAsync([desk.Decision("-", by, verdict) with { Subject = ReviewSubject.Exchange($"e-{exchange}") }])).Single().Act;

    private static async Task<List<string>> FoundAsync(ReviewDesk desk, string filter) =>
        await desk.Exchanges.ListAsync(FilterText.Parse(filter)).Select(exchange => exchange.Id).ToListAsync();
}
