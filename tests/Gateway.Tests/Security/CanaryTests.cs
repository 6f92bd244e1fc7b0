using System.IO.Compression;
using System.Net.Http.Headers;
using Tda.Gateway.Tests.Support;
using Tda.Store;
using Tda.Store.Exports;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Security;

/// <summary>Secrets in every place where one can stand reach the upstream and the client as they were sent, and nothing that is kept or shown.</summary>
public class CanaryTests
{
    private readonly Canaries _canaries = new();
    private readonly CapturedLogs _logs = new();

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/completions")]
    [InlineData("/v1/messages")]
    [InlineData("/v1/responses")]
    [InlineData("/v1/embeddings")]
    [InlineData("/v1/models")]
    public async Task Send_SecretsInHeadersAddressAndTags_KeptNowhere(string route)
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat, headers: $"Set-Cookie: s={_canaries.Plain("cookie-set")}\r\nX-Auth-Token: {_canaries.Plain("token")}\r\nX-Echo: {_canaries.Key("echo")}\r\n"));
        await using var gateway = await TestGateway.StartAsync(upstream, logs: _logs);
        var encoded = _canaries.Email("encoded");
        var headers = $"Authorization: Bearer {_canaries.Plain("authorization")}\r\nx-api-key: {_canaries.Plain("x-api-key")}\r\napi-key: {_canaries.Plain("api-key")}\r\n"
            + $"Cookie: a={_canaries.Plain("cookie")}\r\nX-My-Secret: {_canaries.Plain("secret-word")}\r\nX-Custom: {_canaries.Key("custom")}\r\nX-Mail: {_canaries.Email("header")}\r\n"
            + $"User-Agent: agent/1.0 ({_canaries.Key("agent")})\r\nX-Tda-Tags: team={_canaries.Key("tag")}, {_canaries.Key("tagname")}=x, broken {_canaries.Key("tagerror")}\r\nReferer: https://h/?k={_canaries.Key("referer")}\r\n";
        var path = $"{route}/{_canaries.Key("path")}?key={_canaries.Plain("query-name")}&q={_canaries.Key("query-shape")}&m={Uri.EscapeDataString(encoded)}&n={Uri.EscapeDataString(Uri.EscapeDataString(_canaries.Email("twice")))}&api%255Fkey={_canaries.Plain("query-twice")}";

        var answer = await RawClient.PostAsync(gateway.Url, path, Samples.ChatRequest, headers);

        Assert.EndsWith(Samples.Chat, answer, StringComparison.Ordinal);
        var request = Assert.Single(upstream.Requests);
        Assert.Contains(path, request.Head, StringComparison.Ordinal);
        await AssertNowhereAsync(gateway);
    }

    [Fact]
    public async Task Send_SecretsInBodiesOfEveryKind_UpstreamGetsTheBytesAndNothingIsKept()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream, logs: _logs);
        using var http = new HttpClient { BaseAddress = gateway.Url };
        var bodies = Bodies().ToList();

        foreach (var (_, type, encoding, bytes) in bodies)
        {
            using var content = new ByteArrayContent(bytes);
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
            if (encoding is not null)
            {
                content.Headers.ContentEncoding.Add(encoding);
            }

            using var response = await http.PostAsync("/v1/chat/completions", content);
            Assert.Equal(Samples.Chat, await response.Content.ReadAsStringAsync());
        }

        Assert.Equal(bodies.Select(body => Convert.ToHexString(body.Bytes)), upstream.Requests.Select(request => Convert.ToHexString(request.Body)));
        await AssertNowhereAsync(gateway);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task Stream_SecretsSplitOverEventsAndTokens_ClientGetsTheBytesAndNothingIsKept(string? encoding)
    {
        string[] shapes = [.. Redaction.StreamShapes.All];
        var stream = string.Concat(shapes.Select((shape, i) => string.Concat(
            $"Write to {_canaries.Email($"s{i}")} or use {_canaries.Key($"s{i}")} today".Chunk(3).Select((piece, n) => Redaction.StreamShapes.Event(shape, new string(piece), i, n))))) + "data: [DONE]\n\n";
        var bytes = Pack(stream, encoding);
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{(encoding is null ? "" : $"Content-Encoding: {encoding}\r\n")}Transfer-Encoding: chunked\r\n\r\n");
            foreach (var piece in bytes.Chunk(777))
            {
                await request.SendChunkAsync(piece);
            }

            await request.EndChunksAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream, logs: _logs);
        using var http = new HttpClient { BaseAddress = gateway.Url };

        using var response = await http.PostAsync("/v1/chat/completions", new StringContent(Samples.StreamRequest));

        Assert.Equal(bytes, await response.Content.ReadAsByteArrayAsync());
        await AssertNowhereAsync(gateway);
    }

    [Fact]
    public async Task Send_SecretsWhereMetricsTakeTheirLabelsFrom_UpstreamGetsTheBytesAndNothingIsKept()
    {
        var answer = Samples.Chat.Replace("m-1-0613", _canaries.Key("answering-model"), StringComparison.Ordinal);
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(answer));
        await using var gateway = await TestGateway.StartAsync(upstream, logs: _logs);
        foreach (var (route, model) in ((string, string)[])[
            ("chat/completions", _canaries.Key("model")), ("chat/completions", _canaries.Email("model")), (_canaries.Key("route"), "m"), (_canaries.Email("route"), "m")])
        {
            var received = await RawClient.PostAsync(gateway.Url, $"/v1/{route}", $$"""{"model":"{{model}}","messages":[{"role":"user","content":"x"}]}""");
            Assert.EndsWith(answer, received, StringComparison.Ordinal);
        }

        using var http = new HttpClient { BaseAddress = gateway.Url };
        await Eventually.HoldsAsync(async () => (await http.GetStringAsync("/metrics")).Contains("gen_ai", StringComparison.Ordinal));
        await AssertNowhereAsync(gateway);
    }

    [Theory]
    [InlineData("echo")]
    [InlineData("reset")]
    [InlineData("down")]
    [InlineData("silent")]
    [InlineData("broken")]
    public async Task Send_UpstreamFails_ErrorsTellNoSecret(string failure)
    {
        var echoed = _canaries.Key("echoed");
        var message = $$$"""{"error":{"message":"Incorrect API key provided: {{{echoed}}}. Ask {{{_canaries.Email("support")}}}","code":"invalid_api_key"}}""";
        await using var upstream = new ScriptedUpstream(async request =>
        {
            switch (failure)
            {
                case "echo":
                    await request.SendAsync(Samples.Json(message, "401 Unauthorized"));
                    break;
                case "reset":
                    await request.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{message}");
                    request.Reset();
                    break;
                case "broken":
                    await request.SendAsync($"HTTP/1.1 200 {_canaries.Key("reason")}\r\nBad Header {_canaries.Key("line")}\r\n\r\n");
                    request.Reset();
                    break;
                default:
                    await request.GatewayGoneAsync();
                    break;
            }
        });
        await using var gateway = await TestGateway.StartAsync(
            failure == "down" ? "http://127.0.0.1:1" : upstream.Url, options => options with { Timeout = failure == "silent" ? TimeSpan.FromSeconds(1) : options.Timeout }, _logs);

        var answer = await RawClient.PostAsync(
            gateway.Url, $"/v1/chat/completions?key={_canaries.Plain("query")}&x={_canaries.Key("shape")}", Samples.ChatRequest.Replace("Grüße", _canaries.Key("prompt"), StringComparison.Ordinal), $"Authorization: Bearer {echoed}\r\n");

        Assert.True(failure != "echo" || answer.EndsWith(message, StringComparison.Ordinal), answer);
        await AssertNowhereAsync(gateway);
    }

    [Fact]
    public async Task Send_RefusedRequests_TellNoSecret()
    {
        using var secrets = new TempDirectory();
        var upstreamKey = _canaries.Key("upstream");
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream, options => options with
        {
            Security = new()
            {
                RequireClientKeys = true,
                UpstreamKey = new() { File = secrets.Write("key", upstreamKey), Header = "x-api-key" },
                Limits = new() { MaxBodyBytes = 5000 },
            },
        }, _logs);

        foreach (var body in (string[])["{}", _canaries.Key("body"), new string('x', 6000)])
        {
            var answer = await RawClient.PostAsync(gateway.Url, $"/v1/messages?key={_canaries.Plain("query")}", body, $"x-api-key: {_canaries.Plain("wrong")}\r\n");
            SecretSearchAssert.NotIn(answer, "the answer", _canaries.All);
        }

        await RawClient.PostAsync(gateway.Url, $"/v1/messages {_canaries.Plain("line")}", "{}", $"Bad Header {_canaries.Plain("header")}\r\n");
        Assert.Empty(upstream.Requests);
        await AssertNowhereAsync(gateway);
    }

    private IEnumerable<(string Name, string Type, string? Encoding, byte[] Bytes)> Bodies()
    {
        const string json = "application/json";
        string Chat(string text) => JsonSerializer.Serialize(new { model = "m", messages = new[] { new { role = "user", content = text } } });
        string Escaped(string text) => string.Concat(text.Select(c => $"\\u{(int)c:x4}"));
        foreach (var (name, secret) in new[] { ("key", (Func<string, string>)_canaries.Key), ("mail", _canaries.Email) })
        {
            yield return (name, json, null, Encoding.UTF8.GetBytes(Chat($"my secret is {secret("plain")}.\nThanks")));
            yield return (name, json, null, Encoding.UTF8.GetBytes("{\"messages\":[{\"role\":\"user\",\"content\":\"\\n" + Escaped(secret("escaped")) + "\\n\"}]}"));
            yield return (name, json, null, Encoding.UTF8.GetBytes(Chat(JsonSerializer.Serialize(new { nested = Chat($"x {secret("nested")}") }))));
            yield return (name, json, null, Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { messages = new[] { new { role = "assistant", content = "", tool_calls = new[] { new { id = "t", function = new { name = "f", arguments = Chat(secret("arguments")) } } } } } })));
            yield return (name, "application/x-www-form-urlencoded", null, Encoding.UTF8.GetBytes($"a=1&text={Uri.EscapeDataString(secret("form"))}&b=2"));
            yield return (name, "multipart/form-data; boundary=xyz", null, Encoding.UTF8.GetBytes($"--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\n\r\n{Chat("line\n" + secret("multipart"))}\r\n--xyz--\r\n"));
            yield return (name, json, "gzip", Pack(Chat(secret("gzip")), "gzip"));
            yield return (name, json, "br", Pack(Chat(secret("br")), "br"));
            yield return (name, "text/plain", null, Encoding.UTF8.GetBytes($"plain {secret("text")}"));
        }
    }

    /// <summary>Looks in the pages, /health, /metrics and an export while the gateway runs, then in every file it left and in the logs.</summary>
    private async Task AssertNowhereAsync(TestGateway gateway)
    {
        using var http = await gateway.OpenPagesAsync();
        using var exports = new TempDirectory();
        var pages = new List<string> { "/", "/health", "/metrics", "/runs", "/login" };
        await foreach (var exchange in gateway.Server.Store.ListAsync(ExchangeFilter.All))
        {
            pages.AddRange([$"/exchanges/{exchange.Id}", $"/exchanges/{exchange.Id}/raw"]);
        }

        foreach (var page in pages)
        {
            SecretSearchAssert.NotIn(System.Net.WebUtility.HtmlDecode(await http.GetStringAsync(page)), page, _canaries.All);
        }

        await ExchangeExporter.ExportAsync(gateway.Server.Store, ExchangeFilter.All, exports["export.jsonl"]);
        SecretSearchAssert.NowhereIn(exports.Path, _canaries.All);
        SecretSearchAssert.NowhereIn(gateway.Home.Root, _canaries.All);
        await gateway.Server.StopAsync();
        SecretSearchAssert.NowhereIn(gateway.Home.Root, _canaries.All);
        SecretSearchAssert.NotIn(string.Join('\n', _logs.Lines), "the logs", _canaries.All);
    }

    private static byte[] Pack(string text, string? encoding)
    {
        using var packed = new MemoryStream();
        using (Stream packing = encoding switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            "br" => new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            _ => packed,
        })
        {
            packing.Write(Encoding.UTF8.GetBytes(text));
        }

        return packed.ToArray();
    }
}
