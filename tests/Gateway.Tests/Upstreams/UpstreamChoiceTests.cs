using Tda.Gateway.Tests.Support;
using Tda.Gateway.Upstreams;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Upstreams;

public sealed class UpstreamChoiceTests : IAsyncDisposable
{
    private const string OpenAIKey = "sk-of-openai";
    private const string AnthropicKey = "sk-of-anthropic";

    private readonly TempDirectory _files = new();
    private readonly ScriptedUpstream _main = Named("main");
    private readonly ScriptedUpstream _anthropic = Named("anthropic");
    private readonly ScriptedUpstream _gemini = Named("gemini");

    public async ValueTask DisposeAsync()
    {
        await _main.DisposeAsync();
        await _anthropic.DisposeAsync();
        await _gemini.DisposeAsync();
        _files.Dispose();
    }

    [Theory]
    [InlineData("/v1/chat/completions", """{"model":"gpt-4o"}""", "", "main", "/v1/chat/completions")]
    [InlineData("/v1/chat/completions", """{"messages":[],"model":"claude-sonnet-4-5"}""", "", "anthropic", "/v1/chat/completions")]
    [InlineData("/v1/chat/completions", """{"model":"CLAUDE-x"}""", "", "anthropic", "/v1/chat/completions")]
    [InlineData("/v1/chat/completions", """{"model":"claude-special"}""", "", "gemini", "/v1beta/openai/chat/completions")]
    [InlineData("/v1/chat/completions", """{"model":"gpt-4o"}""", "X-Tda-Upstream: gemini\r\n", "gemini", "/v1beta/openai/chat/completions")]
    [InlineData("/anthropic/v1/messages?beta=true", """{"model":"gpt-4o"}""", "", "anthropic", "/v1/messages?beta=true")]
    [InlineData("/anthropic/v1/messages", "{}", "X-Tda-Upstream: gemini\r\n", "anthropic", "/v1/messages")]
    [InlineData("/g/chat/completions", "{}", "", "gemini", "/v1beta/openai/chat/completions")]
    [InlineData("/g/v1/chat/completions", "{}", "", "gemini", "/v1beta/openai/chat/completions")]
    [InlineData("/anthropic/messages", "{}", "", "anthropic", "/v1/messages")]
    [InlineData("/anthropic/v1/files/a%2Fb", "{}", "", "anthropic", "/v1/files/a%2Fb")]
    [InlineData("/v1/models/claude-x", "{}", "", "anthropic", "/v1/models/claude-x")]
    [InlineData("/v1/embeddings", """{"model":"claude-x"}""", "", "gemini", "/v1beta/openai/embeddings")]
    [InlineData("/v1/chat/completions", "not json", "", "main", "/v1/chat/completions")]
    public async Task Post_ByPrefixHeaderRouteAndModel_GoesToItsUpstreamAsTheBytesItIs(string path, string body, string headers, string upstream, string target)
    {
        await using var gateway = await StartAsync();

        var answer = await RawClient.PostAsync(gateway.Url, path, body, headers);

        Assert.EndsWith($$"""{"from":"{{upstream}}"}""", answer, StringComparison.Ordinal);
        var seen = Assert.Single(_main.Requests.Concat(_anthropic.Requests).Concat(_gemini.Requests));
        Assert.StartsWith($"POST {target} HTTP", seen.Head, StringComparison.Ordinal);
        Assert.Equal(body, seen.BodyText);
        Assert.DoesNotContain("X-Tda", seen.Head, StringComparison.OrdinalIgnoreCase);
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(upstream == "main" ? new Uri(_main.Url).Authority : upstream, exchange.Tags["tda.upstream"]);
        Assert.Equal((path, body), (exchange.Path, Encoding.UTF8.GetString(exchange.RequestBody.Bytes)));
    }

    [Fact]
    public async Task Post_KeyOfEachProvider_GoesToNoOther()
    {
        await using var gateway = await StartAsync(keys: true);
        const string Own = "Authorization: Bearer sk-own\r\nx-goog-api-key: own\r\n";

        // Under a name that is none of this machine's the gateway would spend its keys for anybody.
        Assert.StartsWith("HTTP/1.1 403", await RawClient.PostAsync(gateway.Url, "/anthropic/v1/messages", "{}", Own), StringComparison.Ordinal);
        await SendLocallyAsync(gateway, "/v1/chat/completions", """{"model":"gpt-4o"}""", Own);
        await SendLocallyAsync(gateway, "/v1/chat/completions", """{"model":"claude-x"}""", Own);
        await SendLocallyAsync(gateway, "/g/chat/completions", "{}", Own);

        var (main, anthropic, gemini) = (Assert.Single(_main.Requests).Head, Assert.Single(_anthropic.Requests).Head, Assert.Single(_gemini.Requests).Head);
        Assert.Contains($"Authorization: Bearer {OpenAIKey}\r\n", main + "\r\n", StringComparison.Ordinal);
        Assert.Contains($"x-api-key: {AnthropicKey}\r\n", anthropic + "\r\n", StringComparison.OrdinalIgnoreCase);
        Assert.All((string[])[main, anthropic], head => Assert.DoesNotContain("own", head, StringComparison.Ordinal));
        Assert.DoesNotContain(AnthropicKey, main + gemini, StringComparison.Ordinal);
        Assert.DoesNotContain(OpenAIKey, anthropic + gemini, StringComparison.Ordinal);

        // One without a key of the gateway's gets what the client sends, as ever.
        Assert.Contains("Authorization: Bearer sk-own", gemini, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_RouteWithAnotherProvidersUrl_NotTheDefaultsKey()
    {
        await using var gateway = await TestGateway.StartAsync(_main, options => options with
        {
            Security = new() { UpstreamKey = new() { File = _files.Write("k", OpenAIKey) } },
            Routes = new Dictionary<string, RouteOptions> { ["/v1/messages"] = new() { Upstream = _anthropic.Url } },
        });

        await SendLocallyAsync(gateway, "/v1/messages", "{}", "");
        await SendLocallyAsync(gateway, "/v1/completions", "{}", "");

        Assert.DoesNotContain(OpenAIKey, Assert.Single(_anthropic.Requests).Head, StringComparison.Ordinal);
        Assert.Contains(OpenAIKey, Assert.Single(_main.Requests).Head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_UnknownUpstreamInTheHeader_400InTheProvidersShape()
    {
        await using var gateway = await StartAsync(keys: false);

        var answer = await RawClient.PostAsync(gateway.Url, "/v1/messages", "{}", "X-Tda-Upstream: nobody\r\n");

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Contains("\"type\":\"error\"", answer, StringComparison.Ordinal);
        Assert.Equal(1, gateway.Server.Health.Refusals["unknown_upstream"]);
        Assert.Empty(_main.Requests);
    }

    [Theory]
    [InlineData("/anthropic/V1/chat/completions")]
    [InlineData("/anthropic/v1//messages")]
    [InlineData("/anthropic//v1/messages")]
    [InlineData("/anthropic/Messages")]
    [InlineData("/anthropic/v1/messages;x")]
    [InlineData("/g/v1beta/Models/x:generateContent")]
    [InlineData("/g/openai/deployments/x/Chat/completions")]
    public async Task Post_DisguisedBelowAPrefix_Refused(string path)
    {
        await using var gateway = await StartAsync(keys: false);

        Assert.StartsWith("HTTP/1.1 404", await RawClient.PostAsync(gateway.Url, path, "{}"), StringComparison.Ordinal);
        Assert.Empty(_anthropic.Requests);
        Assert.Empty(_gemini.Requests);
    }

    [Theory]
    [InlineData("/Anthropic/v1/messages")]
    [InlineData("/anthropic%2Fv1/messages")]
    [InlineData("//anthropic/v1/messages")]
    [InlineData("/anthropic")]
    [InlineData("/anthropics/v1/messages")]
    public async Task Post_WhatIsNoPrefix_NotForwarded(string path)
    {
        await using var gateway = await StartAsync(keys: false);

        await SendLocallyAsync(gateway, path, "{}", "", "404");
        Assert.Empty(_anthropic.Requests);
        Assert.Empty(_main.Requests);
    }

    // However a call is addressed, the rules of its route hold for it.
    [Theory]
    [InlineData("/anthropic/v1/messages")]
    [InlineData("/anthropic/messages")]
    [InlineData("/%61nthropic/v1/messages")]
    [InlineData("/x/../anthropic/v1/messages")]
    [InlineData("/v1/messages")]
    [InlineData("/openai/v1/messages")]
    [InlineData("/openai/deployments/d/messages")]
    [InlineData("/v2/messages")]
    public async Task Post_RouteOfWhichNothingIsRecorded_NeitherByAnotherAddress(string path)
    {
        await using var gateway = await StartAsync(keys: false, routes: new() { ["/v1/messages"] = new() { Sample = 0 } });

        Assert.StartsWith("HTTP/1.1 200", await RawClient.PostAsync(gateway.Url, path, "{}"), StringComparison.Ordinal);

        Assert.Equal(1, gateway.Server.Counts.Drops["sampled_out"]);
    }

    [Fact]
    public async Task Post_TermsOfAnUpstream_HoldForItsExchangesAlone()
    {
        await using var gateway = await StartAsync(keys: false, routes: new() { ["/v1/completions"] = new() { Terms = new() { MayDistill = false, Note = "route" } } });

        await RawClient.PostAsync(gateway.Url, "/anthropic/v1/messages", "{}");
        await RawClient.PostAsync(gateway.Url, "/g/chat/completions", "{}");
        await RawClient.PostAsync(gateway.Url, "/g/completions", "{}");

        var exchanges = await gateway.StopAndReadAsync();
        Assert.Equal([("no", "clause 7"), (null, null), ("no", "route")],
            exchanges.Select(exchange => (exchange.Tags.GetValueOrDefault("tda.distill"), exchange.Tags.GetValueOrDefault("tda.terms"))));
    }

    [Fact]
    public async Task Post_ClientLeavesBeforeItsModelIsKnown_RecordedAsItsAbort()
    {
        await using var gateway = await StartAsync(keys: false);
        using var client = await RawClient.ConnectAsync(gateway.Url);

        await client.SendAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"messages\":");
        client.Reset();

        await Eventually.TrueAsync(() => gateway.Server.Counts.Forwarded == 1, TimeSpan.FromSeconds(30));
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(TerminalState.ClientAbort, exchange.State);
    }

    [Fact]
    public void Errors_WrongUpstreams_AllTold()
    {
        var options = new GatewayOptions
        {
            Upstream = "nobody",
            Listen = "http://0.0.0.0:0",
            Upstreams = new Dictionary<string, UpstreamOptions>
            {
                ["a b"] = new() { Url = "http://u" },
                ["page"] = new() { Url = "http://u", Prefix = "/runs" },
                ["version"] = new() { Url = "http://u", Prefix = "/v1/x" },
                ["slash"] = new() { Url = "http://u", Prefix = "/x/" },
                ["one"] = new() { Url = "ftp://u", Prefix = "/p", Models = ["m*"] },
                ["two"] = new() { Url = "http://u", Prefix = "/P", Models = ["M*", ""], Key = new() { File = _files.Write("k", "k"), Header = "cookie" } },
            },
            Routes = new Dictionary<string, RouteOptions> { ["/v1/messages"] = new() { Upstream = "three" } },
        };

        var errors = options.Errors().Select(error => error.Path).Order(StringComparer.Ordinal);

        Assert.Equal(
            [
                "routes[\"/v1/messages\"].upstream", "upstream", "upstreams.one.url", "upstreams.page.prefix", "upstreams.slash.prefix",
                "upstreams.two.key", "upstreams.two.key.header", "upstreams.two.models", "upstreams.two.models", "upstreams.two.prefix", "upstreams.version.prefix",
                "upstreams[\"a b\"]",
            ],
            errors);
    }

    private static ScriptedUpstream Named(string name) => ScriptedUpstream.Answering(Samples.Json($$"""{"from":"{{name}}"}"""));

    private static async Task SendLocallyAsync(TestGateway gateway, string path, string body, string headers, string status = "200")
    {
        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendAsync($"POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}");
        Assert.StartsWith($"HTTP/1.1 {status}", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    private Task<TestGateway> StartAsync(bool keys = false, Dictionary<string, RouteOptions>? routes = null) => TestGateway.StartAsync(_main, options => options with
    {
        Upstreams = new Dictionary<string, UpstreamOptions>
        {
            ["anthropic"] = new()
            {
                Url = _anthropic.Url,
                Models = ["claude-*"],
                Prefix = "/anthropic",
                Key = keys ? new() { File = _files.Write("anthropic", AnthropicKey), Header = "x-api-key" } : null,
                Terms = new() { MayDistill = false, Note = "clause 7" },
            },
            ["gemini"] = new() { Url = _gemini.Url + "/v1beta/openai/", Models = ["gemini-*", "claude-special"], Prefix = "/g" },
        },
        Security = new() { UpstreamKey = keys ? new() { File = _files.Write("openai", OpenAIKey) } : null },
        Routes = routes ?? new() { ["/v1/embeddings"] = new() { Upstream = "gemini" } },
    });
}
