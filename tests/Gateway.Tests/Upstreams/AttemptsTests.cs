using Tda.Gateway.Tests.Support;
using Tda.Gateway.Upstreams;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Upstreams;

public sealed class AttemptsTests : IDisposable
{
    private const string Busy = """{"error":{"message":"busy"}}""";
    private const string NoWait = "Retry-After: 0\r\n";
    private const string Key = "sk-of-the-other";

    private readonly TempDirectory _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Post_FailureByDefault_PassedOnAndNotSentAgain()
    {
        await using var upstream = ScriptedUpstream.Answering(Failure());
        await using var gateway = await StartAsync(upstream.Url, retries: 0);

        Assert.StartsWith("HTTP/1.1 503", await PostAsync(gateway), StringComparison.Ordinal);

        Assert.Single(upstream.Requests);
        Assert.DoesNotContain("tda.first", (await gateway.StopAndReadOneAsync()).Tags.Keys);
    }

    [Fact]
    public async Task Post_FailsOnceThenAnswers_ClientGetsTheAnswerAndTheLogBothAttempts()
    {
        var answers = new Queue<string>([Failure(), Samples.Json(Samples.Chat)]);
        await using var upstream = new ScriptedUpstream(request => request.SendAsync(answers.Dequeue()));
        await using var gateway = await StartAsync(upstream.Url, retries: 2);

        var answer = await PostAsync(gateway);

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.EndsWith(Samples.Chat, answer, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Busy", answer, StringComparison.Ordinal);
        Assert.Equal([Samples.ChatRequest, Samples.ChatRequest], upstream.Requests.Select(request => request.BodyText));
        var exchanges = await gateway.StopAndReadAsync();
        Assert.Equal([(503, null), (200, exchanges[0].Id)], exchanges.Select(exchange => (exchange.Status!.Value, exchange.Tags.GetValueOrDefault("tda.first"))));
        Assert.Equal([null, "2"], exchanges.Select(exchange => exchange.Tags.GetValueOrDefault("tda.attempt")));
        Assert.Equal([Busy, Samples.Chat], exchanges.Select(exchange => Encoding.UTF8.GetString(exchange.ResponseBody.Bytes)));
        Assert.All(exchanges, exchange => Assert.Equal(Samples.ChatRequest, Encoding.UTF8.GetString(exchange.RequestBody.Bytes)));
        Assert.Contains(exchanges[0].ResponseHeaders, header => header is { Name: "X-Busy", Value: "yes" });
    }

    [Fact]
    public async Task Post_AlwaysFails_TheLastFailureAsItCame()
    {
        await using var upstream = ScriptedUpstream.Answering(Failure());
        await using var gateway = await StartAsync(upstream.Url, retries: 2);

        var answer = await PostAsync(gateway);

        Assert.StartsWith("HTTP/1.1 503", answer, StringComparison.Ordinal);
        Assert.Contains("X-Busy: yes", answer, StringComparison.Ordinal);
        Assert.EndsWith(Busy, answer, StringComparison.Ordinal);
        Assert.Equal(3, upstream.Requests.Count);
        Assert.Equal(3, (await gateway.StopAndReadAsync()).Count);
        TestGateway.AssertAllRecorded(3, gateway.Server.Counts);
    }

    [Fact]
    public async Task Post_UpstreamAway_TheOtherOneWithItsOwnKey()
    {
        await using var other = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await StartAsync("http://127.0.0.1:1", fallback: other.Url);

        var answer = await PostAsync(gateway, "Authorization: Bearer sk-of-the-client\r\n");

        Assert.EndsWith(Samples.Chat, answer, StringComparison.Ordinal);
        var head = Assert.Single(other.Requests).Head;
        Assert.Contains($"x-api-key: {Key}", head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("sk-of-the-client", head, StringComparison.Ordinal);
        var exchanges = await gateway.StopAndReadAsync();
        Assert.Equal([(TerminalState.UpstreamAbort, "main", null), (TerminalState.Complete, "other", exchanges[0].Id)],
            exchanges.Select(exchange => (exchange.State, exchange.Tags["tda.upstream"], exchange.Tags.GetValueOrDefault("tda.first"))));
        Assert.Equal(["Grüße? 👋", "Grüße? 👋"], exchanges.Select(exchange => exchange.Prompt));
    }

    [Fact]
    public async Task Post_UpstreamAndTheOtherAway_502InTheProvidersShape()
    {
        await using var gateway = await StartAsync("http://127.0.0.1:1", fallback: "http://127.0.0.1:1");

        var answer = await PostAsync(gateway);

        Assert.StartsWith("HTTP/1.1 502", answer, StringComparison.Ordinal);
        Assert.Contains("upstream_unavailable", answer, StringComparison.Ordinal);
        Assert.Equal(2, (await gateway.StopAndReadAsync()).Count);
    }

    [Fact]
    public async Task Post_UpstreamThatWantsToBeLeftAlone_ClientIsToldAtOnce()
    {
        await using var upstream = ScriptedUpstream.Answering(Failure("Retry-After: 60\r\n"));
        await using var gateway = await StartAsync(upstream.Url, retries: 5);

        Assert.Contains("Retry-After: 60", await PostAsync(gateway), StringComparison.Ordinal);
        Assert.Single(upstream.Requests);
    }

    [Fact]
    public async Task Post_StreamThatBreaks_NotSentAgain()
    {
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.BeginStreamAsync();
            await request.SendChunkAsync(Samples.Delta("Gr"));
            request.Reset();
        });
        await using var gateway = await StartAsync(upstream.Url, retries: 3);

        await PostAsync(gateway);

        Assert.Single(upstream.Requests);
        Assert.Equal(TerminalState.UpstreamAbort, (await gateway.StopAndReadOneAsync()).State);
    }

    [Fact]
    public async Task Post_OptOutOfRecording_SentAgainAllTheSame()
    {
        var answers = new Queue<string>([Failure(), Samples.Json(Samples.Chat)]);
        await using var upstream = new ScriptedUpstream(request => request.SendAsync(answers.Dequeue()));
        await using var gateway = await StartAsync(upstream.Url, retries: 1);

        Assert.EndsWith(Samples.Chat, await PostAsync(gateway, "X-Tda-Opt-Out: record\r\n"), StringComparison.Ordinal);

        Assert.Equal((2, 2, 0), (gateway.Server.Counts.Forwarded, gateway.Server.Counts.Drops["opt_out"], gateway.Server.Counts.Unexplained));
    }

    [Fact]
    public void Errors_FallbackWithoutAKeyOrToItself_Told()
    {
        var options = new GatewayOptions
        {
            Upstream = "a",
            Upstreams = new Dictionary<string, UpstreamOptions>
            {
                ["a"] = new() { Url = "http://u", Fallback = ["a", "b", "c"], Retries = 6 },
                ["b"] = new() { Url = "http://u" },
            },
        };

        Assert.Equal(
            ["upstreams.a.fallback", "upstreams.a.fallback", "upstreams.a.fallback", "upstreams.a.retries"],
            options.Errors().Select(error => error.Path).Order(StringComparer.Ordinal));
    }

    private static string Failure(string headers = NoWait) => Samples.Json(Busy, "503 Service Unavailable", headers + "X-Busy: yes\r\n");

    private static async Task<string> PostAsync(TestGateway gateway, string headers = "")
    {
        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendAsync(
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(Samples.ChatRequest)}\r\nConnection: close\r\n\r\n{Samples.ChatRequest}");
        return await client.ReadToEndAsync();
    }

    private Task<TestGateway> StartAsync(string upstream, int retries = 0, string? fallback = null)
    {
        var upstreams = new Dictionary<string, UpstreamOptions> { ["main"] = new() { Url = upstream, Retries = retries, Fallback = fallback is null ? [] : ["other"] } };
        if (fallback is not null)
        {
            upstreams["other"] = new() { Url = fallback, Key = new() { File = _files.Write("key", Key), Header = "x-api-key" } };
        }

        return TestGateway.StartAsync("main", options => options with { Upstreams = upstreams });
    }
}
