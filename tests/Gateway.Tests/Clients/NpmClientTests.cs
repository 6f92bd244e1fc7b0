using System.Text.Json.Nodes;
using Tda.Gateway.Protocols;
using Tda.Gateway.Tests.Budget;
using Tda.Gateway.Tests.Support;
using Tda.Gateway.Upstreams;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Clients;

/// <summary>The official npm clients, each call once directly and once through the gateway: what the caller sees must be the same.</summary>
public class NpmClientTests(NpmClients clients) : IClassFixture<NpmClients>
{
    private const string OpenAIKey = "sk-of-openai";
    private const string AnthropicKey = "sk-of-anthropic";
    private static readonly string[] PlainTools = ["chatTools", "chatToolsStream", "chatLogprobs", "chatLogprobsStream"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OpenAI_EveryCall_SameAsDirectAndRecorded(bool logprobsAdded)
    {
        await using var upstream = SdkUpstream.OpenAI();
        await using var gateway = await TestGateway.StartAsync(upstream, options => options with { Logprobs = new() { Enabled = logprobsAdded, TopLogprobs = 2 } });

        var direct = await clients.RunAsync("openai.mjs", new(upstream.Url));
        var through = await clients.RunAsync("openai.mjs", gateway.Url);

        AssertSame(direct, through);
        Assert.Equal("Grüße 👋!", (string?)direct["chatPlain"]!["choices"]![0]!["message"]!["content"]);
        Assert.All(PlainTools, call => Assert.NotNull(direct[call]));
        Assert.Equal(("RateLimitError", 429, "7"), Failure(direct["rateLimited"]!));
        Assert.Equal(("AuthenticationError", 401, null), Failure(direct["unauthorized"]!));
        Assert.Equal("true", direct["aborted"]!["aborted"]!.ToJsonString());
        var log = await gateway.StopAndReadAsync();
        Assert.Equal(direct.Count + 1, log.Count); // one call was retried
        Recorded(log, "plain-1", "Grüße 👋!", "stop", 2);
        Recorded(log, "tools-1", "", "tool_calls", 2);
        Recorded(log, "response-1", "Grüße 👋!", "completed", 2);
        Assert.Equal("max_output_tokens", Assert.Single(log, e => e.Model == "response-1" && e.FinishReason != "completed").FinishReason);
        Assert.All(log.Where(e => e.Model == "response-1"), e => Assert.Equal(("Greet back.", new Usage(5, 4, 9)), (ExchangeParser.Apply(e).Reasoning, e.Usage)));
        Assert.All(log.Where(e => e.Model == "logprobs-1"), e => Assert.Equal(2, Assert.Single(e.Logprobs!).Alternatives.Count));
        Assert.Equal("Grüße\ntwo", log.First(e => e.Route == "/v1/embeddings").Prompt);
        Assert.Equal(TerminalState.UpstreamAbort, Assert.Single(log, e => e.Model == "broken-1").State);
        Assert.Equal((TerminalState.ClientAbort, "and on"), log.Where(e => e.Model == "endless-1").Select(e => (e.State, e.Response)).Single());
        Assert.All(log.Where(e => e.Status == 200), e => Assert.Null(e.ParseError));
    }

    [Fact]
    public async Task Anthropic_EveryCall_SameAsDirectAndRecorded()
    {
        await using var upstream = SdkUpstream.Anthropic();
        await using var gateway = await TestGateway.StartAsync(upstream);

        var direct = await clients.RunAsync("anthropic.mjs", new(upstream.Url));
        var through = await clients.RunAsync("anthropic.mjs", gateway.Url);

        AssertSame(direct, through);
        Assert.Equal("Köln", (string?)direct["toolsStream"]!["content"]![1]!["input"]!["city"]);
        Assert.Equal(("RateLimitError", 429, "7"), Failure(direct["rateLimited"]!));
        var log = await gateway.StopAndReadAsync();
        Assert.Equal(direct.Count, log.Count);
        Recorded(log, "plain-1", "Grüße 👋!", "end_turn", 3);
        Recorded(log, "tools-1", "Let me look.", "tool_use", 2);
        Assert.All(log.Where(e => e.Model == "plain-1"), e => Assert.Equal(("system: Be kind.\nuser: Grüße? 👋\nassistant: ", "Greet back.", new Usage(10, 4, 14)), (e.Prompt, ExchangeParser.Apply(e).Reasoning, e.Usage)));
        Assert.All(log.Where(e => e.Model == "tools-1"), e => Assert.Equal("Köln", (string?)JsonNode.Parse(e.ToolCalls!)![0]!["input"]!["city"]));
        Assert.Equal((TerminalState.UpstreamAbort, "Gr"), log.Where(e => e.Model == "broken-1").Select(e => (e.State, e.Response)).Single());
        Assert.Equal(TerminalState.ClientAbort, Assert.Single(log, e => e.Model == "endless-1").State);
        Assert.Equal("/v1/messages/count_tokens", Assert.Single(log, e => e.Path == "/v1/messages/count_tokens").Route);
        Assert.All(log.Where(e => e.Status == 200), e => Assert.Null(e.ParseError));
    }

    [Fact]
    public async Task ClaudeCodeRouter_PlainAndStream_SameAsDirectAndRecorded()
    {
        await using var upstream = SdkUpstream.OpenAI();
        await using var gateway = await TestGateway.StartAsync(upstream);

        var direct = await clients.RunAsync("router.mjs", new(upstream.Url));
        var through = await clients.RunAsync("router.mjs", gateway.Url);

        AssertSame(direct, through);
        Assert.Equal("Grüße 👋!", (string?)direct["plain"]!.AsArray().Last()!["text"]);
        var log = await gateway.StopAndReadAsync();
        Assert.Equal([false, true], log.Select(e => e.Streamed));
        Assert.All(log, e => Assert.Equal(("Grüße 👋!", TerminalState.Complete, null), (e.Response, e.State, e.ParseError)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SeveralUpstreams_ChosenByPrefixOrHeader_SameAsDirectAndWithItsKey(bool byPrefix)
    {
        using var keys = new TempDirectory();
        await using var openAI = SdkUpstream.OpenAI();
        await using var anthropic = SdkUpstream.Anthropic();
        await using var gateway = await TestGateway.StartAsync("openai", options => options with
        {
            Upstreams = new Dictionary<string, UpstreamOptions>
            {
                ["openai"] = new() { Url = openAI.Url, Prefix = "/openai", Key = new() { File = keys.Write("o", OpenAIKey) } },
                ["anthropic"] = new() { Url = anthropic.Url, Prefix = "/anthropic", Key = new() { File = keys.Write("a", AnthropicKey), Header = "x-api-key" } },
            },
        });

        var direct = (await clients.RunAsync("openai.mjs", new(openAI.Url)), await clients.RunAsync("anthropic.mjs", new(anthropic.Url)));
        openAI.Requests.Clear();
        anthropic.Requests.Clear();
        AssertSame(direct.Item1, await ThroughAsync("openai"));
        AssertSame(direct.Item2, await ThroughAsync("anthropic"));

        Assert.All(openAI.Requests, request => Assert.Contains($"Authorization: Bearer {OpenAIKey}", request.Head, StringComparison.OrdinalIgnoreCase));
        Assert.All(anthropic.Requests, request => Assert.Contains($"x-api-key: {AnthropicKey}", request.Head, StringComparison.OrdinalIgnoreCase));
        Assert.All(openAI.Requests.Concat(anthropic.Requests), request => Assert.DoesNotContain("sk-test", request.Head, StringComparison.Ordinal));
        var log = await gateway.StopAndReadAsync();
        Assert.Equal((openAI.Requests.Count, anthropic.Requests.Count), (Of("openai"), Of("anthropic")));
        Assert.Equal(openAI.Requests.Count + anthropic.Requests.Count, log.Count);

        Task<JsonObject> ThroughAsync(string upstream) =>
            byPrefix ? clients.RunAsync($"{upstream}.mjs", new(gateway.Url, $"/{upstream}")) : clients.RunAsync($"{upstream}.mjs", gateway.Url, upstream);

        int Of(string upstream) => log.Count(exchange => exchange.Tags["tda.upstream"] == upstream);
    }

    [Fact]
    public async Task Upload_HalfAGigabyte_SameAsDirectAndItsHashRecorded()
    {
        await using var upstream = new CountingUpstream();
        await using var gateway = await TestGateway.StartAsync(upstream.Url);

        var direct = await clients.RunAsync("upload.mjs", new(upstream.Url));
        var through = await clients.RunAsync("upload.mjs", gateway.Url);

        AssertSame(direct, through);
        var body = (await gateway.StopAndReadOneAsync()).RequestBody;
        Assert.Equal((512 << 20, true), ((long)direct["size"]!, body.Truncated));
        Assert.InRange(body.Length, 512 << 20, (512 << 20) + 1024);
        Assert.Contains(body.Sha256, upstream.Bodies);
    }

    private static void AssertSame(JsonObject direct, JsonObject through)
    {
        Assert.All(direct, call => Assert.True(
            JsonNode.DeepEquals(call.Value, through[call.Key]), $"{call.Key}:\ndirect  {call.Value?.ToJsonString()}\nthrough {through[call.Key]?.ToJsonString()}"));
        Assert.Equal(direct.Count, through.Count);
    }

    private static (string? Name, int? Status, string? RetryAfter) Failure(JsonNode failure) =>
        ((string?)failure["name"], (int?)failure["status"], (string?)failure["retryAfter"]);

    private static void Recorded(List<Exchange> log, string model, string response, string finish, int atLeast)
    {
        var found = log.Where(e => e.Model == model && e.FinishReason == finish).ToList();
        Assert.True(found.Count >= atLeast, $"{found.Count} exchanges of {model} with {finish}");
        Assert.All(found, e => Assert.Equal((response, TerminalState.Complete), (e.Response ?? "", e.State)));
    }
}
