using Microsoft.AspNetCore.Http;
using Tda.Gateway.Capture;
using Tda.Gateway.Protocols;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Protocols;

public class LogprobExchangeTests
{
    private const string Path = "/v1/chat/completions";
    private const string Request = """{"model":"m-1","messages":[{"role":"user","content":"Grüße"}]}""";
    private const string With = """{"content":[{"token":"Grüße","logprob":-0.25,"bytes":null,"top_logprobs":[{"token":"Hi","logprob":-3,"bytes":null}]}],"refusal":null}""";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Post_ClientDidNotAsk_ItsAnswerIsADirectCallsAndTheLogHasTheLogprobs(bool streamed)
    {
        await using var upstream = new ScriptedUpstream(request => AnswerAsync(request, streamed));
        await using var gateway = await StartAsync(upstream);

        var direct = await PostAsync(new Uri(upstream.Url));
        var through = await PostAsync(gateway.Url);

        Assert.Equal(direct, through);
        Assert.Contains("\"logprobs\":null", through, StringComparison.Ordinal);
        var asked = upstream.Requests.Last();
        Assert.Equal("{\"logprobs\":true,\"top_logprobs\":1," + Request[1..], asked.BodyText);
        Assert.Contains("\r\nAccept-Encoding: identity", asked.Head, StringComparison.OrdinalIgnoreCase);
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(("Grüße", -0.25, "Hi"), (exchange.Response, Assert.Single(exchange.Logprobs!).Logprob!.Value, exchange.Logprobs![0].Alternatives[0].Token));
        Assert.Equal((Request, TerminalState.Complete, null), (Encoding.UTF8.GetString(exchange.RequestBody.Bytes), exchange.State, exchange.ParseError));
        Assert.Contains(exchange.RequestHeaders, header => header is { Name: "Accept-Encoding", Value: "gzip" });
    }

    [Fact]
    public async Task Post_UpstreamRefusesTheQuestion_SentAgainUnchangedAndNotAskedAgain()
    {
        await using var upstream = new ScriptedUpstream(request => request.BodyText.Contains("logprobs", StringComparison.Ordinal)
            ? request.SendAsync(Samples.Json("""{"error":{"message":"'logprobs' is not supported with this model"}}""", "400 Bad Request"))
            : AnswerAsync(request, streamed: false));
        await using var gateway = await StartAsync(upstream);

        var first = await PostAsync(gateway.Url);
        var second = await PostAsync(gateway.Url);

        var requests = upstream.Requests.ToList();
        Assert.Equal(await PostAsync(new Uri(upstream.Url)), first);
        Assert.Equal(first, second);
        Assert.Equal([true, false, false], requests.Select(request => request.BodyText.Contains("logprobs", StringComparison.Ordinal)));
        Assert.Equal(Request, requests[1].BodyText);
        Assert.Contains("\r\nAccept-Encoding: gzip", requests[1].Head, StringComparison.OrdinalIgnoreCase);
        var exchanges = await gateway.StopAndReadAsync();
        Assert.All(exchanges, exchange => Assert.Equal((200, TerminalState.Complete, "Grüße"), (exchange.Status!.Value, exchange.State, exchange.Response)));
        Assert.Equal(2, exchanges.Count);
    }

    [Fact]
    public async Task Post_UpstreamRefusesForAnotherReason_ItsErrorReachesTheClientAsItIs()
    {
        const string Error = """{"error":{"message":"max_tokens is too large"}}""";
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Error, "400 Bad Request", "X-Request-Id: r-1\r\n"));
        await using var gateway = await StartAsync(upstream);

        var answer = await RawClient.PostAsync(gateway.Url, Path, Request);

        Assert.Single(upstream.Requests);
        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n" + Error, answer, StringComparison.Ordinal);
        Assert.True(answer.Contains("X-Request-Id: r-1", StringComparison.OrdinalIgnoreCase), answer);
        Assert.Contains($"Content-Length: {Error.Length}", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"model":"m","messages":[],"logprobs":true}""", "")]
    [InlineData("not json", "")]
    [InlineData("""{"model":"m","messages":[]}""", "Content-Encoding: gzip\r\n")]
    public async Task Post_NotToBeChanged_BothBodiesPassUnchanged(string body, string headers)
    {
        await using var upstream = new ScriptedUpstream(request => AnswerAsync(request, streamed: false, always: true));
        await using var gateway = await StartAsync(upstream);

        var answer = await RawClient.PostAsync(gateway.Url, Path, body, headers);

        Assert.Equal(body, Assert.Single(upstream.Requests).BodyText);
        Assert.Contains(With, answer, StringComparison.Ordinal);
        Assert.Equal(body, Encoding.UTF8.GetString((await gateway.StopAndReadOneAsync()).RequestBody.Bytes));
    }

    [Fact]
    public async Task Post_ClientBreaksOffInsideItsRequest_RecordedAsTheClientsAbort()
    {
        await using var upstream = new ScriptedUpstream(request => AnswerAsync(request, streamed: false));
        await using var gateway = await StartAsync(upstream);

        using (var client = await RawClient.ConnectAsync(gateway.Url))
        {
            await client.SendAsync($"POST {Path} HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{\"model\"");
            await TestKit.Eventually.TrueAsync(() => gateway.Server.Counts.Forwarded == 1, TimeSpan.FromSeconds(30));
        }

        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(TerminalState.ClientAbort, exchange.State);
        // The break may overtake what the gateway hasn't read yet; what it has read is in the log.
        Assert.StartsWith(Encoding.UTF8.GetString(exchange.RequestBody.Bytes), "{\"model\"", StringComparison.Ordinal);
    }

    /// <summary>What came before a break goes on to the upstream, which then meets the break too: nothing that the client sent is swallowed.</summary>
    [Fact]
    public async Task BeginAsync_BodyBreaksMidway_LeavesWhatCameAndThenTheBreak()
    {
        var context = new DefaultHttpContext();
        (context.Request.Method, context.Request.ContentType, context.Request.ContentLength) = ("POST", "application/json", 1000);
        context.Request.Body = new BreakingBody(Encoding.UTF8.GetBytes("{\"model\""));

        var begun = await LogprobExchange.BeginAsync(
            context, Path, new LogprobOptions { Enabled = true }, new LogprobRefusals(), new MemoryBudget(MemoryBudget.Least), TestContext.Current.CancellationToken);

        Assert.Null(begun);
        var left = new byte["{\"model\"".Length];
        await context.Request.Body.ReadExactlyAsync(left, TestContext.Current.CancellationToken);
        Assert.Equal("{\"model\"", Encoding.UTF8.GetString(left));
        await Assert.ThrowsAsync<IOException>(async () => await context.Request.Body.ReadExactlyAsync(left, TestContext.Current.CancellationToken));
    }

    /// <summary>Gives one piece, then breaks for good.</summary>
    private sealed class BreakingBody(byte[] piece) : ReadOnlyStream
    {
        private bool _given;

        public override int Read(Span<byte> buffer)
        {
            if (_given)
            {
                throw new IOException("The client reset the request stream.");
            }

            _given = true;
            piece.CopyTo(buffer);
            return piece.Length;
        }
    }

    private static Task<TestGateway> StartAsync(ScriptedUpstream upstream) =>
        TestGateway.StartAsync(upstream, options => options with { Logprobs = new() { Enabled = true, TopLogprobs = 1 } });

    /// <summary>The answer's body as an HTTP client has it, whatever the framing.</summary>
    private static async Task<string> PostAsync(Uri url)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(url, Path)) { Content = new StringContent(Request, Encoding.UTF8, "application/json") };
        request.Headers.AcceptEncoding.ParseAdd("gzip");
        using var response = await client.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }

    private static async Task AnswerAsync(UpstreamRequest request, bool streamed, bool always = false)
    {
        var logprobs = always || request.BodyText.Contains("\"logprobs\":true", StringComparison.Ordinal) ? With : "null";
        if (!streamed)
        {
            await request.SendAsync(Samples.Json(
                $$$"""{"id":"c","model":"m-1","choices":[{"index":0,"message":{"role":"assistant","content":"Grüße"},"logprobs":{{{logprobs}}},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"""));
            return;
        }

        var stream = Encoding.UTF8.GetBytes(
            $"data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"Grüße\"}},\"logprobs\":{logprobs},\"finish_reason\":null}}]}}\n\n"
            + "data: {\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
        await request.BeginStreamAsync();
        for (var i = 0; i < stream.Length; i += 11)
        {
            await request.SendChunkAsync(stream.AsMemory(i, Math.Min(11, stream.Length - i)));
        }

        await request.EndChunksAsync();
    }
}
