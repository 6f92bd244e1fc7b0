using Tda.Labels.Endpoints;

namespace Tda.Labels.Tests.Endpoints;

public class EndpointModelTests
{
    private static readonly AskOptions Fast = new() { Concurrency = 4, MaxTokens = 5, Temperature = .5, Seed = 100 };

    [Fact]
    public async Task AskAsync_ManyQuestions_EachAnsweredOnceWithItsSeedAndHeaders()
    {
        await using var server = await ScriptedApi.StartAsync((call, _) => ScriptedApi.Answer(call, $"to {call.Prompt} {call.Seed}"));

        var answers = await AskAsync(server, Fast, "a", "b", "c", "d", "e", "f");

        Assert.Equal(["to a 100", "to b 101", "to c 102", "to d 103", "to e 104", "to f 105"], answers.OrderBy(a => a.Question.Index).Select(a => a.Text));
        Assert.All(server.Calls, call => Assert.Equal(("measurement=m", 5, .5), (call.Tags, call.MaxTokens, Math.Round(call.Temperature, 6))));
    }

    [Fact]
    public async Task AskAsync_TooManyRequests_WaitsAsLongAsAskedAndGoesOn()
    {
        await using var server = await ScriptedApi.StartAsync((call, before) => before == 0 ? ScriptedApi.Refuse(call, 429, "slow down", retryAfter: "0") : ScriptedApi.Answer(call, "now"));

        var answers = await AskAsync(server, Fast, "a", "b");

        Assert.Equal(["now", "now"], answers.Select(answer => answer.Text));
        Assert.Equal(4, server.Calls.Count);
    }

    [Fact]
    public async Task AskAsync_TooManyRequestsForTooLong_GivesUpAndSaysSo()
    {
        await using var server = await ScriptedApi.StartAsync((call, _) => ScriptedApi.Refuse(call, 429, "slow down", retryAfter: "3600"));

        var error = await Assert.ThrowsAsync<TdaException>(() => AskAsync(server, Fast with { Patience = TimeSpan.FromSeconds(1) }, "a"));

        Assert.Contains("didn't answer within", error.Message);
        Assert.Contains("goes on from here", error.Message);
    }

    [Fact]
    public async Task AskAsync_PromptRefused_IsAnAnswerWithTheReason()
    {
        await using var server = await ScriptedApi.StartAsync((call, _) =>
            call.Prompt == "b" ? ScriptedApi.Refuse(call, 400, "content policy") : ScriptedApi.Answer(call, "fine"));

        var answers = await AskAsync(server, Fast, "a", "b", "c");

        var refused = Assert.Single(answers, answer => answer.Refusal is not null);
        Assert.Equal("b", refused.Question.Prompt);
        Assert.Contains("content policy", refused.Refusal);
        Assert.Equal("", refused.Text);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    public async Task AskAsync_NoEntry_StopsWithTheStatus(int status)
    {
        await using var server = await ScriptedApi.StartAsync((call, _) => ScriptedApi.Refuse(call, status, "no such key"));

        var error = await Assert.ThrowsAsync<TdaException>(() => AskAsync(server, Fast, "a", "b"));

        Assert.Contains($"status {status}", error.Message);
        Assert.DoesNotContain("sk-secret", error.Message);
    }

    [Fact]
    public async Task AskAsync_NobodyThere_GivesUpAfterItsPatience()
    {
        var server = await ScriptedApi.StartAsync((call, _) => ScriptedApi.Answer(call, ""));
        await server.DisposeAsync();

        var error = await Assert.ThrowsAsync<TdaException>(() => AskAsync(server, Fast with { Patience = TimeSpan.FromSeconds(.5) }, "a"));

        Assert.Contains("didn't answer", error.Message);
    }

    [Fact]
    public async Task AskAsync_Cancelled_Stops()
    {
        using var stop = new CancellationTokenSource();
        await using var server = await ScriptedApi.StartAsync(async (call, _) =>
        {
            await stop.CancelAsync();
            await ScriptedApi.Answer(call, "late");
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AskAsync(server, Fast, stop.Token, "a", "b"));
    }

    private static Task<List<GivenAnswer>> AskAsync(ScriptedApi server, AskOptions options, params string[] prompts) =>
        AskAsync(server, options, TestContext.Current.CancellationToken, prompts);

    private static async Task<List<GivenAnswer>> AskAsync(ScriptedApi server, AskOptions options, CancellationToken cancel, params string[] prompts)
    {
        var model = new EndpointModel(
            new Uri(server.Url, "/v1"), "m", "sk-secret", new Dictionary<string, string> { ["X-Tda-Tags"] = "measurement=m" }, TimeProvider.System);
        List<GivenAnswer> answers = [];
        await foreach (var answer in model.AskAsync([.. prompts.Select((prompt, i) => new Question(prompt, i))], options, NullProgress.Instance, cancel))
        {
            answers.Add(answer);
        }

        return answers;
    }
}
