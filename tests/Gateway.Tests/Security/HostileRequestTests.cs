using Tda.Gateway.Tests.Support;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Security;

/// <summary>Requests that two servers might read differently (RFC 9112, 11.2), and others that only attackers send.</summary>
public class HostileRequestTests
{
    private const string Smuggled = "POST /v1/smuggled HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}";

    public static TheoryData<string, string> Attacks => new()
    {
        { "Content-Length and Transfer-Encoding", $"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{Smuggled}" },
        { "Transfer-Encoding and Content-Length", $"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{Smuggled}" },
        { "two lengths", $"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 60\r\n\r\n{{}}{Smuggled}" },
        { "lengths in a list", $"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Length: 2, 60\r\n\r\n{{}}{Smuggled}" },
        { "bad chunk size", $"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{{}}\r\n0\r\n\r\n{Smuggled}" },
        { "chunk longer than it says", $"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{{}}\r\n0\r\n\r\n{Smuggled}" },
        { "unknown coding", $"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{Smuggled}" },
        { "coding behind chunked", $"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{Smuggled}" },
        { "folded header", $"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nX-A: b\r\n Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{{}}{Smuggled}" },
        { "space before the colon", $"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n{Smuggled}" },
        { "bare CR in a header", $"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nX-A: b\rTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{{}}{Smuggled}" },
        { "NUL in a header", $"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nX-A: b\0c\r\nContent-Length: 2\r\n\r\n{{}}{Smuggled}" },
        { "two hosts", $"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nHost: evil\r\nContent-Length: 2\r\n\r\n{{}}{Smuggled}" },
        { "no host", $"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 2\r\n\r\n{{}}{Smuggled}" },
        { "no version", $"POST /v1/chat/completions\r\nHost: h\r\nContent-Length: 2\r\n\r\n{{}}{Smuggled}" },
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task Send_RequestOfTwoReadings_NoSecondRequestReachesTheUpstream(string name, string attack)
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var client = await RawClient.ConnectAsync(gateway.Url);

        await client.SendAsync(attack + "GET /alive HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        await client.ReadToEndAsync();

        Assert.True(upstream.Requests.All(request => !request.Head.Contains("smuggled", StringComparison.Ordinal)), $"{name}: the second request came through");
        Assert.True(upstream.Requests.All(request => !request.BodyText.Contains("smuggled", StringComparison.Ordinal)), $"{name}: the second request came through in a body");
    }

    [Fact]
    public async Task Send_LengthWithASign_UpstreamSeesAPlainOne()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var client = await RawClient.ConnectAsync(gateway.Url);

        await client.SendAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Length: +2\r\nConnection: close\r\n\r\n{}");
        await client.ReadToEndAsync();

        Assert.All(upstream.Requests, request => Assert.Contains("\r\nContent-Length: 2", request.Head, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/v1/../secret", "/secret")]
    [InlineData("/v1/%2e%2e/secret", "/secret")]
    [InlineData("/v1/..%2fsecret", "")]
    [InlineData("/v1/x/../../secret", "/secret")]
    [InlineData("http://evil.example/v1/models", "")]
    [InlineData("//evil.example/v1/models", "")]
    public async Task Get_TargetThatLeadsElsewhere_UpstreamSeesOnlyItsOwnV1(string target, string never)
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var client = await RawClient.ConnectAsync(gateway.Url);

        await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
        await client.ReadToEndAsync();

        Assert.All(upstream.Requests, request =>
        {
            Assert.StartsWith("GET /v1/", request.Head, StringComparison.Ordinal);
            Assert.DoesNotContain("Host: evil", request.Head, StringComparison.Ordinal);
            Assert.True(never.Length == 0 || !request.Head.StartsWith($"GET {never}", StringComparison.Ordinal));
        });
    }

    [Theory]
    [InlineData("/V1/chat/completions")]
    [InlineData("/v1/Chat/Completions")]
    [InlineData("/v1//chat/completions")]
    [InlineData("/v1/chat%2Fcompletions")]
    [InlineData("/v1/chat%252Fcompletions")]
    [InlineData("/v1/chat/completions;x=1")]
    [InlineData("/v1/chat\\completions")]
    [InlineData("/v1/chat/completion%73%2f")]
    public async Task Post_DisguisedRoute_RefusedSinceItsRulesWouldNotHold(string target)
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);

        var answer = await RawClient.PostAsync(gateway.Url, target, Samples.ChatRequest);

        Assert.StartsWith("HTTP/1.1 404", answer, StringComparison.Ordinal);
        Assert.Contains("/v1/chat/completions", answer, StringComparison.Ordinal);
        Assert.Empty(upstream.Requests);
    }

    [Theory]
    [InlineData("/v1/chat/completions/")]
    [InlineData("/v1/models/org%2FName")]
    [InlineData("/v1/files/File-AbC;1")]
    [InlineData("/v1/responses/resp_AbC")]
    [InlineData("/v1/embeddings/x%2Fy")]
    public async Task Post_IdsInTheirOwnSpelling_Pass(string target)
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);

        Assert.StartsWith("HTTP/1.1 200", await RawClient.PostAsync(gateway.Url, target, "{}"), StringComparison.Ordinal);
        Assert.StartsWith($"POST {target} ", Assert.Single(upstream.Requests).Head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host: 127.0.0.1\r\n", true)]
    [InlineData("Host: localhost:1234\r\n", true)]
    [InlineData("Host: 127.0.0.1\r\nOrigin: http://localhost:3000\r\n", true)]
    [InlineData("Host: evil.example\r\n", false)]
    [InlineData("Host: 127.0.0.1\r\nOrigin: https://evil.example\r\n", false)]
    [InlineData("Host: 127.0.0.1\r\nOrigin: null\r\n", false)]
    [InlineData("Host: 127.0.0.1\r\nSec-Fetch-Site: cross-site\r\n", false)]
    [InlineData("Host: 127.0.0.1\r\nX-Forwarded-For: 203.0.113.9\r\n", false)]
    [InlineData("Host: 127.0.0.1\r\nVia: 1.1 proxy\r\n", false)]
    public async Task Post_KeyOfTheGatewaysOnLoopback_SpentForLocalProgramsAlone(string headers, bool passes)
    {
        using var files = new TempDirectory();
        var key = files.Write("key", "sk-of-the-team");
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream, options => options with { Security = new() { UpstreamKey = new() { File = key } } });
        using var client = await RawClient.ConnectAsync(gateway.Url);

        await client.SendAsync($"POST /v1/chat/completions HTTP/1.1\r\n{headers}Content-Length: 2\r\nConnection: close\r\n\r\n{{}}");
        var answer = await client.ReadToEndAsync();

        Assert.StartsWith(passes ? "HTTP/1.1 200" : "HTTP/1.1 403", answer, StringComparison.Ordinal);
        Assert.Equal(passes ? 1 : 0, upstream.Requests.Count);
    }

    [Theory]
    [InlineData("X-Forwarded-For: 203.0.113.9\r\n")]
    [InlineData("Forwarded: for=203.0.113.9\r\n")]
    public async Task Get_PagesWithoutCredentialThroughAProxy_Refused(string header)
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var client = await RawClient.ConnectAsync(gateway.Url);

        await client.SendAsync($"GET /exchanges HTTP/1.1\r\nHost: localhost\r\n{header}Connection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 403", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_TagsWithEncodedLineBreaks_NoHeaderIsInjected()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);

        var answer = await RawClient.PostAsync(gateway.Url, "/v1/models?x=%0d%0aX-Injected:%201", "{}", "X-Tda-Tags: a=b%0d%0aX-Injected: 1\r\n");

        Assert.DoesNotContain("\r\nX-Injected", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("\r\nX-Injected", Assert.Single(upstream.Requests).Head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/chat/completions", "\"code\":\"body_too_large\"")]
    [InlineData("/v1/messages", "\"type\":\"request_too_large\"")]
    public async Task Post_BodyOverTheLimit_413InTheProvidersShape(string path, string shape)
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await StartLimitedAsync(upstream);

        var announced = await RawClient.PostAsync(gateway.Url, path, new string('x', 2000));
        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendAsync($"POST {path} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n7d0\r\n{new string('x', 2000)}\r\n0\r\n\r\n");
        var chunked = await client.ReadToEndAsync();

        Assert.All((string[])[announced, chunked], answer =>
        {
            Assert.StartsWith("HTTP/1.1 413", answer, StringComparison.Ordinal);
            Assert.Contains(shape, answer, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Get_HeadersOverTheLimit_431()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await StartLimitedAsync(upstream);

        Assert.StartsWith("HTTP/1.1 431", await RawClient.PostAsync(gateway.Url, "/v1/models", "{}", $"X-Long: {new string('x', 3000)}\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 414", await RawClient.PostAsync(gateway.Url, "/v1/models?x=" + new string('x', 600), "{}"), StringComparison.Ordinal);
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task Connect_SlowHeaders_CutOff()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream, options => options with { Security = new() { Limits = new() { HeaderTimeout = TimeSpan.FromSeconds(1) } } });
        using var client = await RawClient.ConnectAsync(gateway.Url);

        await client.SendAsync("POST /v1/models HTTP/1.1\r\nHost: h\r\nX-Slow: ");

        // The connection ends by itself: else this would wait for ever.
        var answer = await client.ReadToEndAsync();
        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 408", StringComparison.Ordinal), answer);
        Assert.Empty(upstream.Requests);
    }

    private static Task<TestGateway> StartLimitedAsync(ScriptedUpstream upstream) => TestGateway.StartAsync(
        upstream, options => options with { Security = new() { Limits = new() { MaxBodyBytes = 1000, MaxHeaderBytes = 2048, MaxRequestLineBytes = 512 } } });
}
