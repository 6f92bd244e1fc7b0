using System.Net.WebSockets;
using Tda.Gateway.Security;
using Tda.Gateway.Tests.Security;
using Tda.Gateway.Tests.Support;
using Tda.Store.Keys;
using Tda.TestKit;

namespace Tda.Gateway.Tests.WebSockets;

/// <summary>Keys, limits and masks hold for connections as for any other request.</summary>
public class WebSocketSecurityTests
{
    private const string ProviderKey = "provider-key-4Jq9Zw";
    private const string BrowserKey = "openai-insecure-api-key.";

    [Fact]
    public async Task Connection_BrowsersKey_CheckedReplacedAndNowhereStored()
    {
        using var files = new TempDirectory();
        var file = files.Write("key", ProviderKey);
        await using var upstream = await SocketUpstream.StartAsync(SocketUpstream.EchoAsync);
        await using var gateway = await TestGateway.StartAsync(upstream.Url, options => options with
        {
            Security = new() { RequireClientKeys = true, UpstreamKey = new() { File = file } },
        });
        var (text, key) = KeyText.Issue("browser", new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using (var keys = KeyStore.Beside(gateway.Home, null))
        {
            await keys.AddAsync(key);
        }

        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(gateway.Url, "realtime", BrowserKey + text[..^1] + "x"));
        using (var client = await ConnectAsync(gateway.Url, "realtime", BrowserKey + text, "openai-beta.realtime-v1"))
        {
            Assert.Equal("realtime", client.SubProtocol);
            await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }

        var upgrade = Assert.Single(upstream.Upgrades);
        Assert.Equal(("realtime, openai-beta.realtime-v1", "Bearer " + ProviderKey), (upgrade["Sec-WebSocket-Protocol"], upgrade["Authorization"]));
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(key.Id, exchange.Client);
        SecretSearchAssert.NowhereIn(gateway.Home.Root, text, ProviderKey);
    }

    [Fact]
    public async Task Connection_ClientsOwnKeyInTheProtocols_ReachesTheUpstreamAndNotTheLog()
    {
        // No vendor's form, so that only its place tells that it is a key.
        const string key = "0123456789abcdef-my-own";
        await using var upstream = await SocketUpstream.StartAsync(SocketUpstream.EchoAsync);
        await using var gateway = await TestGateway.StartAsync(upstream.Url);
        using (var client = await ConnectAsync(gateway.Url, "realtime", BrowserKey + key))
        {
            await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }

        Assert.Equal($"realtime, {BrowserKey}{key}", Assert.Single(upstream.Upgrades)["Sec-WebSocket-Protocol"]);
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal($"realtime, {BrowserKey}[redacted]", Assert.Single(exchange.RequestHeaders, header => header.Name == "Sec-WebSocket-Protocol").Value);
        SecretSearchAssert.NowhereIn(gateway.Home.Root, key);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connection_SecretsInMessages_MaskedInTheLogAndWholeForTheClient(bool compressed)
    {
        const string secret = "sk-proj-8fKq2LmZx9Vb4Nc7Rt1Wy6Ph3Dj5Gs0AaBbCcDdEeFf";
        string[] deltas =
        [
            .. secret.Chunk(7).Select(piece => $$"""{"type":"response.output_text.delta","response_id":"r","item_id":"i","output_index":0,"content_index":0,"delta":"{{new string(piece)}}"}"""),
            $$"""{"type":"response.output_audio.delta","response_id":"r","delta":"{{RealtimeScript.Audio}}"}""",
        ];
        await using var upstream = await SocketUpstream.StartAsync(
            async socket =>
            {
                foreach (var delta in deltas)
                {
                    await SocketUpstream.SendAsync(socket, delta);
                }

                await SocketUpstream.EchoAsync(socket);
            },
            compressed);
        await using var gateway = await TestGateway.StartAsync(upstream.Url, options => options with { Spool = options.Spool with { OpenAfter = TimeSpan.FromMilliseconds(1) } });
        var sent = $$$"""{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"my key is {{{secret}}}"}]}}""";
        var noise = new byte[999];
        new Random(3).NextBytes(noise);
        using (var client = await SocketUpstream.ConnectAsync(gateway.Url, "/v1/other", options => options.DangerousDeflateOptions = compressed ? new() : null))
        {
            foreach (var delta in deltas)
            {
                Assert.Equal(delta, await SocketUpstream.ReceiveTextAsync(client));
            }

            await SocketUpstream.SendAsync(client, sent);
            Assert.Equal(sent, await SocketUpstream.ReceiveTextAsync(client));
            await client.SendAsync(noise, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
            Assert.Equal(noise, (await SocketUpstream.ReceiveAsync(client))!.Value.Data);
            await client.CloseAsync(WebSocketCloseStatus.NormalClosure, secret[..40], CancellationToken.None);
        }

        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(TerminalState.Complete, exchange.State);
        Assert.True(exchange.RequestBody.Redactions > 0 && exchange.ResponseBody.Redactions > 0);
        Assert.DoesNotContain(secret[8..20], string.Concat(RecordedMessages.Texts(RecordedMessages.Received(exchange))), StringComparison.Ordinal);
        Assert.Equal(deltas.Length + 3, RecordedMessages.Received(exchange).Count);
        Assert.Contains(RealtimeScript.Audio, Encoding.UTF8.GetString(exchange.ResponseBody.Bytes), StringComparison.Ordinal);
        Assert.Equal(noise, RecordedMessages.Received(exchange)[^2].Data);
        Assert.Equal(noise, RecordedMessages.Sent(exchange)[^2].Data);
        SecretSearchAssert.NowhereIn(gateway.Home.Root, secret, secret[..40]);
    }

    [Theory]
    [InlineData("/v1/realtime", """{"error":{"message":"Tda gateway: this gateway takes no WebSockets on this route; use the route\u0027s plain calls.","type":"invalid_request_error","param":null,"code":"upgrade_refused"}}""")]
    [InlineData("/v1/messages", """{"type":"error","error":{"type":"permission_error","message":"Tda gateway: this gateway takes no WebSockets on this route; use the route\u0027s plain calls."}}""")]
    public async Task Upgrade_RouteRefusesThem_403InTheProvidersShapeAndNotForwarded(string route, string body)
    {
        await using var upstream = await SocketUpstream.StartAsync(SocketUpstream.EchoAsync);
        await using var gateway = await TestGateway.StartAsync(upstream.Url, options => options with
        {
            Routes = new Dictionary<string, RouteOptions> { [route] = new() { Upgrade = UpgradePolicy.Refuse } },
        });
        using var client = await RawClient.ConnectAsync(gateway.Url);

        await client.SendAsync(WebSocketRecordTests.Upgrade.Replace("/v1/realtime", route, StringComparison.Ordinal));
        var answer = await client.ReadUntilAsync("}}");
        await RawClient.PostAsync(gateway.Url, route, "{}");
        using (var other = await SocketUpstream.ConnectAsync(gateway.Url, "/v1/other"))
        {
            await other.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }

        Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
        Assert.EndsWith(body, answer, StringComparison.Ordinal);
        Assert.Single(upstream.Upgrades);
        await Eventually.HoldsAsync(() => Task.FromResult(gateway.Server.Counts.InFlight == 0));
        Assert.Equal([new("upgrade_refused", 1)], gateway.Server.Health.Refusals);
        Assert.Equal([200, 101], (await gateway.StopAndReadAsync()).Select(exchange => exchange.Status));
    }

    [Fact]
    public async Task Upgrade_TooManyInAMinute_RateLimited()
    {
        await using var upstream = await SocketUpstream.StartAsync(SocketUpstream.EchoAsync);
        await using var gateway = await TestGateway.StartAsync(upstream.Url, options => options with { Security = new() { Limits = new() { RequestsPerMinute = 1 } } });
        using var first = await SocketUpstream.ConnectAsync(gateway.Url);

        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendAsync(WebSocketRecordTests.Upgrade);

        Assert.StartsWith("HTTP/1.1 429 ", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upgrade_ReloadedConfiguration_RefusedFromThenOn()
    {
        using var files = new TempDirectory();
        await using var upstream = await SocketUpstream.StartAsync(SocketUpstream.EchoAsync);
        var file = files.Write("gateway.json", Configuration("allow"));
        await using var server = await GatewayServer.StartAsync(new Tda.Gateway.Configuration.GatewayConfiguration(file));
        using (var client = await SocketUpstream.ConnectAsync(server.Url))
        {
            await File.WriteAllTextAsync(file, Configuration("refuse"));
            server.Reload();

            // Who is connected stays so.
            await SocketUpstream.SendAsync(client, "hello");
            Assert.Equal("hello", await SocketUpstream.ReceiveTextAsync(client));
            await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }

        await Assert.ThrowsAsync<WebSocketException>(() => SocketUpstream.ConnectAsync(server.Url));
        Assert.Single(upstream.Upgrades);

        string Configuration(string upgrade) => JsonSerializer.Serialize(new
        {
            upstream = upstream.Url,
            listen = "http://127.0.0.1:0",
            home = Path.Combine(files.Path, "home"),
            routes = new Dictionary<string, object> { ["/v1/realtime"] = new { upgrade } },
        });
    }

    private static Task<ClientWebSocket> ConnectAsync(Uri server, params string[] protocols) =>
        SocketUpstream.ConnectAsync(server, change: options => Array.ForEach(protocols, options.AddSubProtocol));
}
