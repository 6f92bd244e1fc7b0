namespace Tda.Store.Tests;

public sealed class NotesTests
{
    private static readonly DateTimeOffset Start = new(2025, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task AddFeedbackAsync_Several_AllAreReadAndFound(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        await store.AppendAsync([StoreSamples.Minimal("a", Start), StoreSamples.Minimal("b", Start.AddSeconds(1)), StoreSamples.Minimal("c", Start.AddSeconds(2))], []);
        Feedback[] given =
        [
            new() { ExchangeId = "a", Rating = -1, Label = "harmful", Comment = "it \0 lies", At = Start, By = "me" },
            new() { ExchangeId = "a", Rating = .5, At = Start.AddSeconds(1) },
        ];
        foreach (var feedback in given)
        {
            Assert.True(await store.AddFeedbackAsync(feedback));
        }

        Assert.True(await store.AddFeedbackAsync(new() { ExchangeId = "c", Label = "harmful", At = Start }));
        Assert.False(await store.AddFeedbackAsync(new() { ExchangeId = "nobody", Rating = 1, At = Start }));

        Assert.Equal([given[0] with { Comment = "it \u2400 lies" }, given[1]], await store.FeedbackAsync("a"));
        Assert.Equal(["c", "a"], (await store.ListAsync(new() { HasFeedback = true }).ToListAsync()).Select(e => e.Id));
        Assert.Equal(["c", "a"], (await store.ListAsync(new() { FeedbackLabel = "harmful" }).ToListAsync()).Select(e => e.Id));
        Assert.Empty(await store.ListAsync(new() { FeedbackLabel = "other" }).ToListAsync());
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task AddFeedbackAsync_Wrong_EveryErrorAtOnce(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();

        var error = await Assert.ThrowsAsync<ArgumentException>(() => store.AddFeedbackAsync(new() { ExchangeId = "a", Rating = 2, Label = "", At = Start }));

        Assert.Contains("-1 to 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("1 to 100", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task AuditsAsync_Pages_EachEntryOnceNewestFirst(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        for (var i = 0; i < 5; i++)
        {
            await store.AuditAsync(new() { At = Start.AddSeconds(i), Actor = "me", Action = "view_raw", Subject = $"e-{i}", Detail = i == 0 ? null : "d" });
        }

        var first = await store.AuditsAsync(limit: 3);
        var rest = await store.AuditsAsync(first[^1].Number, 3);

        Assert.Equal(["e-4", "e-3", "e-2", "e-1", "e-0"], first.Concat(rest).Select(entry => entry.Subject));
        Assert.Equal((Start, "me", "view_raw", null), (rest[^1].At, rest[^1].Actor, rest[^1].Action, rest[^1].Detail));
    }
}
