using Tda.Labels.Endpoints;

namespace Tda.Labels.Tests.Endpoints;

public class EchoedTextsTests
{
    private static readonly AskOptions Fast = new() { Concurrency = 3, Patience = TimeSpan.FromSeconds(20) };

    [Fact]
    public async Task LikelihoodsAsync_ApiThatEchoes_SumsTheTextsOwnTokens()
    {
        // The first token has no probability, and the last is the model's own.
        await using var api = await ScriptedApi.StartAsync((call, _) => ScriptedApi.Complete(call, call.Prompt + " more", [null, -1, -.25 * call.Prompt.Length, -9], generated: 1));

        var found = await MeasureAsync(api, "four", "a longer text");

        Assert.Null(found.Missing);
        Assert.Equal([new TextLikelihood(2, 2), new TextLikelihood(2, 4.25)], found.Texts);
        Assert.All(api.Calls, call => Assert.Equal(("measurement=m", "Bearer sk-secret"), (call.Tags, call.Header("Authorization"))));
    }

    [Fact]
    public async Task LikelihoodsAsync_ApiThatIsBusy_IsAskedAgain()
    {
        await using var api = await ScriptedApi.StartAsync((call, before) => before == 0
            ? ScriptedApi.Refuse(call, 429, "slow down", retryAfter: "0") : ScriptedApi.Complete(call, call.Prompt, [-1], generated: 0));

        Assert.Equal([new TextLikelihood(1, 1)], (await MeasureAsync(api, "text")).Texts);
    }

    [Fact]
    public async Task LikelihoodsAsync_ApiRefusesToEcho_SaysSoAfterOneCall()
    {
        await using var api = await ScriptedApi.StartAsync((call, _) => ScriptedApi.Refuse(call, 400, "echo is not supported for this model"));

        var found = await MeasureAsync(api, "long text", "text", "another text");

        Assert.Equal([null, null, null], found.Texts);
        Assert.Contains("status 400", found.Missing);
        Assert.Contains("echo is not supported for this model", found.Missing);
        Assert.Equal("text", Assert.Single(api.Calls).Prompt); // the shortest
    }

    [Theory]
    [InlineData("an answer that isn't the text", true, "doesn't echo")]
    [InlineData("text", false, "no log-probabilities")]
    public async Task LikelihoodsAsync_ApiThatPassesOverWhatWasAsked_IsNotBelieved(string said, bool logprobs, string reason)
    {
        await using var api = await ScriptedApi.StartAsync((call, _) => ScriptedApi.Complete(call, said, logprobs ? [-1, -2] : null, generated: 1));

        var found = await MeasureAsync(api, "text");

        Assert.Equal([null], found.Texts);
        Assert.Contains(reason, found.Missing);
    }

    [Fact]
    public async Task LikelihoodsAsync_OneTextTooLong_IsLeftOutAlone()
    {
        await using var api = await ScriptedApi.StartAsync((call, _) => call.Prompt.Length > 8
            ? ScriptedApi.Refuse(call, 400, "maximum context length") : ScriptedApi.Complete(call, call.Prompt, [-1], generated: 0));

        var found = await MeasureAsync(api, "short", "much too long", "short two".Replace(" two", "2", StringComparison.Ordinal));

        Assert.Equal([new TextLikelihood(1, 1), null, new TextLikelihood(1, 1)], found.Texts);
        Assert.Contains("maximum context length", found.Missing);
    }

    private static Task<Likelihoods> MeasureAsync(ScriptedApi api, params string[] texts) => new EndpointModel(
            new Uri(api.Url, "/v1"), "m", "sk-secret", new Dictionary<string, string> { ["X-Tda-Tags"] = "measurement=m" }, TimeProvider.System)
        .LikelihoodsAsync(texts, Fast, NullProgress.Instance, TestContext.Current.CancellationToken);
}
