using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Upstreams;

/// <summary>Calls of APIs whose root is not <c>/v1</c>, through the gateway as their own clients make them.</summary>
public class OtherApisTests
{
    private const string GeminiAnswer = """{"candidates":[{"content":{"parts":[{"text":"Hello"}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2},"modelVersion":"g-001"}""";

    [Theory]
    [InlineData("/v1beta/models/g:generateContent?key=sk", """{"contents":[{"parts":[{"text":"Hi"}]}]}""", "generate", "/v1/models:generateContent", "g-001", "Hello")]
    [InlineData("/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21", Samples.ChatRequest, "chat", "/v1/chat/completions", "m-1-0613", Samples.Answer)]
    [InlineData("/openai/deployments/my-gpt/images/generations?api-version=2024-10-21", """{"prompt":"x"}""", "raw", "/v1/images", "my-gpt", null)]
    [InlineData("/model/meta.llama3%3A0/invoke", """{"prompt":"Hi"}""", "raw", "/v1/model/invoke", "meta.llama3:0", null)]
    [InlineData("/v2/rerank", """{"query":"x"}""", "raw", "/v1/rerank", null, null)]
    public async Task Post_CallOfAnotherRoot_ForwardedAsItIsWithRouteModelAndText(string path, string body, string answer, string route, string? model, string? text)
    {
        var json = answer switch { "generate" => GeminiAnswer, "chat" => Samples.Chat, _ => """{"raw":true}""" };
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(json));
        await using var gateway = await TestGateway.StartAsync(upstream);

        var got = await RawClient.PostAsync(gateway.Url, path, body);

        Assert.EndsWith(json, got, StringComparison.Ordinal);
        Assert.StartsWith($"POST {path} HTTP", Assert.Single(upstream.Requests).Head, StringComparison.Ordinal);
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal((route, model, text, null), (exchange.Route, exchange.Model, exchange.Response, exchange.ParseError));
        Assert.Equal(path.Replace("key=sk", "key=[redacted]", StringComparison.Ordinal).Replace("%3A", ":", StringComparison.Ordinal), exchange.Path);
    }

    [Fact]
    public async Task Post_AmazonsEventStream_EachMessageAsItComesAndParsed()
    {
        byte[][] messages =
        [
            EventStreamBytes.Event("messageStart", """{"role":"assistant"}"""),
            EventStreamBytes.Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":"Hello"}}"""),
            EventStreamBytes.Event("messageStop", """{"stopReason":"end_turn"}"""),
            EventStreamBytes.Event("metadata", """{"usage":{"inputTokens":3,"outputTokens":1,"totalTokens":4}}"""),
        ];
        var goOn = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.amazon.eventstream\r\nTransfer-Encoding: chunked\r\n\r\n");
            await request.SendChunkAsync(messages[0]);
            await goOn.Task;
            foreach (var message in messages[1..])
            {
                await request.SendChunkAsync(message);
            }

            await request.EndChunksAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var client = await RawClient.ConnectAsync(gateway.Url);

        await client.SendPostAsync("/model/amazon.nova-lite-v1:0/converse-stream", """{"messages":[{"role":"user","content":[{"text":"Hi"}]}]}""", "Connection: close\r\n");
        await client.ReadUntilAsync("messageStart");
        goOn.SetResult();
        await client.ReadToEndAsync();

        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal((true, TerminalState.Complete, "amazon.nova-lite-v1:0", "Hi", "Hello", "end_turn", new Usage(3, 1, 4)),
            (exchange.Streamed, exchange.State, exchange.Model, exchange.Prompt, exchange.Response, exchange.FinishReason, exchange.Usage));
        Assert.Equal(messages.Sum(message => message.Length), exchange.ResponseBody.Length);
    }

    [Theory]
    [InlineData("/v1beta/models/g:generateContent", "\"status\":\"UNAVAILABLE\"")]
    [InlineData("/model/m/converse", "x-amzn-ErrorType: ServiceUnavailableException")]
    [InlineData("/openai/deployments/d/chat/completions", "\"code\":\"upstream_unavailable\"")]
    public async Task Post_UpstreamAway_ErrorInTheProvidersShape(string path, string shape)
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1");

        var answer = await RawClient.PostAsync(gateway.Url, path, "{}");

        Assert.StartsWith("HTTP/1.1 502", answer, StringComparison.Ordinal);
        Assert.Contains(shape, answer, StringComparison.Ordinal);
    }
}
