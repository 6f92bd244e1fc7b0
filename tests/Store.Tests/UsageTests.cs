namespace Tda.Store.Tests;

public class UsageTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task UsageAsync_ByKeyModelAndTags_AddsUpWhatTheFilterSelects(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var one = StoreSamples.Minimal("a", Start) with { Client = "k1", Model = "m", Tags = new Dictionary<string, string> { ["team"] = "search" }, Usage = new(3, 2, 5) };
        await store.AppendAsync(
            [
                one, one with { Id = "b", StartedAt = Start.AddHours(1), Usage = new(4, null, 4) },
                one with { Id = "c", StartedAt = Start.AddHours(2), Usage = null, Prompt = "four", Response = "Grüße" },
                one with { Id = "f", StartedAt = Start.AddHours(2), Usage = null, Prompt = "refused", Status = 429 },
                StoreSamples.Minimal("d", Start.AddHours(3)), one with { Id = "e", StartedAt = Start.AddHours(-1) },
            ],
            []);

        var usage = await store.UsageAsync(ExchangeFilter.All with { From = Start });

        var known = Assert.Single(usage, row => row.Client is not null);
        Assert.Equal(("k1", "m", "search"), (known.Client, known.Model, known.Tags["team"]));
        Assert.Equal((4, 2, 1, 7, 2, 4, 5), (known.Exchanges, known.Counted, known.Uncounted, known.PromptTokens, known.CompletionTokens, known.UncountedPrompt, known.UncountedResponse));
        var unknown = Assert.Single(usage, row => row.Client is null);
        Assert.Equal((null, 0, 1, 0, 0), (unknown.Model, unknown.Tags.Count, unknown.Exchanges, unknown.Uncounted, unknown.PromptTokens));
        Assert.Single(await store.UsageAsync(ExchangeFilter.All with { TagName = "team" }));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task ListAsync_ByStatus_OneOrAClass(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        int?[] statuses = [200, 404, 429, 500, null];
        await store.AppendAsync([.. statuses.Select((status, i) => StoreSamples.Minimal($"e{i}", Start.AddSeconds(i)) with { Status = status })], []);

        async Task<string[]> Found(string filter) => [.. (await store.ListAsync(FilterText.Parse(filter) with { OldestFirst = true }).ToListAsync()).Select(e => e.Id)];
        Assert.Equal(["e1", "e2"], await Found("status:4xx"));
        Assert.Equal(["e2"], await Found("status:429"));
        Assert.Equal(5, (await Found("")).Length);
    }
}
