using Tda.Store.Reviews;

namespace Tda.Store.Tests;

public sealed class FilterTextTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    public static TheoryData<string, ExchangeFilter> Written => new()
    {
        { "", ExchangeFilter.All },
        { "all", ExchangeFilter.All },
        { "model:gpt-4o", new() { Model = "gpt-4o" } },
        { "model=gpt-4o", new() { Model = "gpt-4o" } },
        { "label:harm", new() { FeedbackLabel = "harm" } },
        { "label:harm>=.5", new() { FeedbackLabel = "harm", LabelValue = new(LabelComparison.AtLeast, .5) } },
        { "label:harm<0.2", new() { FeedbackLabel = "harm", LabelValue = new(LabelComparison.Below, .2) } },
        { "label:harm>0", new() { FeedbackLabel = "harm", LabelValue = new(LabelComparison.Above, 0) } },
        { "label:harm<=1", new() { FeedbackLabel = "harm", LabelValue = new(LabelComparison.AtMost, 1) } },
        { "tag:team", new() { TagName = "team" } },
        { "tag=team=search", new() { TagName = "team", TagValue = "search" } },
        { "tag:team=\"two words\"", new() { TagName = "team", TagValue = "two words" } },
        { "contains:invoice,contains:over*", new() { Text = "invoice over*" } },
        { "contains:\"overdue invoice\"", new() { Text = "\"overdue invoice\"" } },
        { "route:/v1/responses state:client_abort streamed:false client:k1", new() { Route = "/v1/responses", State = TerminalState.ClientAbort, Streamed = false, Client = "k1" } },
        { "status:429", new() { Status = new(429, 429) } },
        { "status:4xx model:m", new() { Status = new(400, 499), Model = "m" } },
        { "review:disagreed", new() { Review = new() { Status = ReviewStatus.Disagreed } } },
        { "label:harm review:open sample:100", new() { FeedbackLabel = "harm", Review = new() { Status = ReviewStatus.Open }, Sample = 100 } },
        { "since:2026-11-01 before:2026-11-02T10:30", new() { From = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero), To = new(2026, 11, 2, 10, 30, 0, TimeSpan.Zero) } },
        { "label:harm>=.5  model:gpt-4o, since:2026-11-01", new() { FeedbackLabel = "harm", LabelValue = new(LabelComparison.AtLeast, .5), Model = "gpt-4o", From = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero) } },
    };

    [Theory]
    [MemberData(nameof(Written))]
    public void Parse_Conditions_AreTheFilter(string text, ExchangeFilter expected) => Assert.Equal(expected, FilterText.Parse(text));

    [Theory]
    [InlineData("modle:gpt-4o", "at character 1: there is no field 'modle'; did you mean 'model'?")]
    [InlineData("model:gpt-4o lable:harm", "at character 14: there is no field 'lable'; did you mean 'label'?")]
    [InlineData("model:gpt-4o harmful", "at character 14: 'harmful' is no condition; write contains:harmful")]
    [InlineData("label", "at character 1: 'label' needs a value")]
    [InlineData("label:", "at character 7: 'label' needs a value")]
    [InlineData("label:harm>=1.5", "at character 13: a label's value must be a number from 0 to 1")]
    [InlineData("label:harm>much", "at character 12: a label's value must be a number")]
    [InlineData("state:complet", "at character 7: state must be one of complete")]
    [InlineData("state:complet", "did you mean 'complete'?")]
    [InlineData("review:decide", "at character 8: review must be one of open, decided, disagreed, escalated, not 'decide'; did you mean 'decided'?")]
    [InlineData("sample:0", "at character 8: sample must be a whole number from 1")]
    [InlineData("sample:.5", "at character 8: sample must be a whole number from 1")]
    [InlineData("status:0xx", "at character 8: status must be a status such as 429, or 4xx")]
    [InlineData("status:4x", "at character 8: status must be a status such as 429, or 4xx")]
    [InlineData("streamed:perhaps", "at character 10: streamed must be true or false")]
    [InlineData("since:yesterday", "at character 7: since must be a date such as")]
    [InlineData("model:a model:b", "at character 9: 'model' comes twice")]
    [InlineData("contains:\"open", "at character 10: the quotation mark isn't closed")]
    public void Parse_Typo_SaysWhereAndWhatWasMeant(string text, string message)
    {
        var error = Assert.Throws<UsageException>(() => FilterText.Parse(text));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(2, error.ExitCode);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task ListAsync_ByALabelsValue_TheNewestValueCounts(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        string[] ids = ["a", "b", "c", "d"];
        await store.AppendAsync([.. ids.Select((id, i) => StoreSamples.Minimal(id, Start.AddSeconds(i)))], []);
        async Task Label(string id, double? value) =>
            Assert.True(await store.AddFeedbackAsync(new() { ExchangeId = id, Label = "harm", Value = value, At = Start, By = "judge" }));
        await Label("a", .9);
        await Label("b", .2);
        await Label("c", null); // a person's plain yes
        await Label("d", .9);
        await Label("d", .1);

        async Task<string[]> Found(string filter) => [.. (await store.ListAsync(FilterText.Parse(filter) with { OldestFirst = true }).ToListAsync()).Select(e => e.Id)];
        Assert.Equal(["a", "c"], await Found("label:harm"));
        Assert.Equal(["a", "c"], await Found("label:harm>.5"));
        Assert.Equal(["b", "d"], await Found("label:harm<.5"));
        Assert.Equal(["a", "b", "c"], await Found("label:harm>=.2"));
        Assert.Equal(["d"], await Found("label:harm<=.1"));
        Assert.Equal([.9, .1], (await store.FeedbackAsync("d")).Select(feedback => feedback.Value));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task IdsAsync_Prefix_FindsAllThatBeginSoInOrder(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        await store.AppendAsync([.. ((string[])["0193-b", "0193-a", "0194-a", "X_93"]).Select((id, i) => StoreSamples.Minimal(id, Start.AddSeconds(i)))], []);

        Assert.Equal(["0193-a", "0193-b"], await store.IdsAsync("0193", 5));
        Assert.Equal(["0193-a", "0193-b"], await store.IdsAsync("019", 2));
        Assert.Equal(["X_93"], await store.IdsAsync("X_", 5)); // no character stands for another
        Assert.Empty(await store.IdsAsync("x_", 5));
    }

    [Fact]
    public void Errors_ValueWithoutLabelOrOutOfRange_AreNamed()
    {
        Assert.Contains("a value needs a label", new Feedback { ExchangeId = "a", Value = .5, At = Start }.Errors());
        Assert.Contains("the label's value must be from 0 to 1", new Feedback { ExchangeId = "a", Label = "x", Value = 2, At = Start }.Errors());
    }
}
