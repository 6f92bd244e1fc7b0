using System.Net.WebSockets;
using Tda.Gateway.Tests.Support;
using Tda.Gateway.WebSockets;
using Tda.TestKit;

namespace Tda.Gateway.Tests.WebSockets;

/// <summary>Connections through a gateway, and what the log has of them.</summary>
public class WebSocketRecordTests
{
    [Theory]
    [InlineData(false, Durability.Written)]
    [InlineData(true, Durability.Written)]
    [InlineData(true, Durability.Memory)]
    public async Task Connection_TextAndBytes_PassUnchangedAndAreRecordedInOrder(bool compressed, Durability durability)
    {
        await using var upstream = await SocketUpstream.StartAsync(SocketUpstream.EchoAsync, compressed);
        await using var gateway = await TestGateway.StartAsync(upstream.Url, options => options with { Durability = durability });
        var random = new Random(20_261_130);
        var messages = Enumerable.Range(0, 40).Select(i => Message(random, i)).ToList();

        using (var client = await SocketUpstream.ConnectAsync(gateway.Url, "/v1/echo", options => options.DangerousDeflateOptions = compressed ? new() : null))
        {
            foreach (var (type, data) in messages)
            {
                await client.SendAsync(data, type, endOfMessage: true, CancellationToken.None);
                var echo = await SocketUpstream.ReceiveAsync(client);
                Assert.Equal((type, Convert.ToHexString(data)), (echo!.Value.Type, Convert.ToHexString(echo.Value.Data)));
            }

            await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", CancellationToken.None);
        }

        var exchange = await gateway.StopAndReadOneAsync();
        TestGateway.AssertAllRecorded(1, gateway.Server.Counts);
        Assert.Equal((101, TerminalState.Complete, null, true, true, "/v1/echo"), (exchange.Status, exchange.State, exchange.Failure, exchange.IsWebSocket, exchange.Streamed, exchange.Route));
        var expected = messages.Select(message => (Kind(message.Type), Convert.ToHexString(message.Data))).Append((WebSocketKind.Close, Convert.ToHexString("1000 bye"u8)));
        Assert.Equal(expected, RecordedMessages.Sent(exchange).Select(message => (message.Kind, Convert.ToHexString(message.Data))));
        Assert.Equal(expected, RecordedMessages.Received(exchange).Select(message => (message.Kind, Convert.ToHexString(message.Data))));
        RecordedMessages.AssertNumbered(exchange);

        // One waits for the other's echo, so that the order of both sides is known.
        Assert.Equal(Enumerable.Range(0, 41).Select(i => 1L + (2 * i)), RecordedMessages.Sent(exchange).Select(message => message.Number));
        Assert.Equal(compressed, exchange.ResponseHeaders.Any(header => header.Name == "Sec-WebSocket-Extensions"));
    }

    [Fact]
    public async Task Connection_FramesInOddPieces_EveryByteReachesTheOtherSide()
    {
        byte[] frames =
        [
            .. WebSocketFrameReaderTests.Frame(1, "Hel"u8, final: false, mask: 0xA1B2C3D4), .. WebSocketFrameReaderTests.Frame(9, "there?"u8, mask: 1),
            .. WebSocketFrameReaderTests.Frame(0, "lo"u8, final: false, mask: 2), .. WebSocketFrameReaderTests.Frame(0, []), .. WebSocketFrameReaderTests.Frame(2, new byte[70_000], mask: 3),
            .. WebSocketFrameReaderTests.Frame(8, [0x03, 0xE8], mask: 9),
        ];
        byte[] got = [];
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.SendAsync(Handshake);
            got = await request.ReceiveAsync(frames.Length);
            await request.SendAsync(frames);
            request.Close();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendAsync(Upgrade);
        Assert.StartsWith("HTTP/1.1 101 ", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);

        foreach (var piece in frames.Take(60).Select(single => new[] { single }).Append(frames[60..]))
        {
            await client.SendAsync(piece);
        }

        Assert.Equal(frames, await client.ReadCountAsync(frames.Length));
        Assert.Equal(frames, got);
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(TerminalState.Complete, exchange.State);
        foreach (var side in new[] { RecordedMessages.Sent(exchange), RecordedMessages.Received(exchange) })
        {
            Assert.Equal([WebSocketKind.Ping, WebSocketKind.Text, WebSocketKind.Binary, WebSocketKind.Close], side.Select(message => message.Kind));
            Assert.Equal("Hello", Encoding.UTF8.GetString(side[1].Data));
            Assert.Equal(70_000, side[2].Data.Length);
        }
    }

    [Fact]
    public async Task Connection_NoFrames_EveryByteIsRecorded()
    {
        var noise = new byte[5000];
        new Random(7).NextBytes(noise);
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.SendAsync(Handshake);
            await request.SendAsync(noise);
            request.Close();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendAsync(Upgrade);
        await client.ReadUntilAsync("\r\n\r\n");
        await client.ReadBytesToEndAsync();

        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(TerminalState.UpstreamAbort, exchange.State);
        Assert.Equal(noise, RecordedMessages.Received(exchange).SelectMany(message => message.Data));
    }

    [Fact]
    public async Task Connection_LongerThanTheRecordersLimit_PassesWholeAndItsBeginningIsRecorded()
    {
        await using var upstream = await SocketUpstream.StartAsync(SocketUpstream.EchoAsync);
        await using var gateway = await TestGateway.StartAsync(upstream.Url, options => options with { MaxRecordedBodyBytes = 1000 });
        using (var client = await SocketUpstream.ConnectAsync(gateway.Url))
        {
            foreach (var text in (string[])["short", new('x', 5000), "short again"])
            {
                await SocketUpstream.SendAsync(client, text);
                Assert.Equal(text, await SocketUpstream.ReceiveTextAsync(client));
            }

            await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }

        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal((TerminalState.Complete, true, true), (exchange.State, exchange.RequestBody.Truncated, exchange.ResponseBody.Truncated));
        Assert.Equal(["short"], RecordedMessages.Texts(RecordedMessages.Received(exchange)));
        Assert.Contains("cut: 5000\ndata: xxxx", Encoding.UTF8.GetString(exchange.ResponseBody.Bytes), StringComparison.Ordinal);
        Assert.Contains("longer than the recorder's limit", exchange.ParseError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connection_UpstreamRefusesTheUpgrade_AnExchangeLikeAnyOther()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json("""{"error":{"message":"no"}}""", "401 Unauthorized"));
        await using var gateway = await TestGateway.StartAsync(upstream);

        await Assert.ThrowsAsync<WebSocketException>(() => SocketUpstream.ConnectAsync(gateway.Url));

        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal((401, TerminalState.Complete, false), (exchange.Status, exchange.State, exchange.IsWebSocket));
        Assert.Equal("""{"error":{"message":"no"}}""", Encoding.UTF8.GetString(exchange.ResponseBody.Bytes));
    }

    [Fact]
    public async Task Upgrade_ToAnotherProtocol_ForwardedWithout()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json("{}"));
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var client = await RawClient.ConnectAsync(gateway.Url);

        await client.SendAsync("GET /v1/models HTTP/1.1\r\nHost: g\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadUntilAsync("{}"), StringComparison.Ordinal);
        Assert.DoesNotContain("Upgrade", Assert.Single(upstream.Requests).Head, StringComparison.OrdinalIgnoreCase);
        Assert.False((await gateway.StopAndReadOneAsync()).IsWebSocket);
    }

    [Fact]
    public async Task Connection_OptedOut_PassesAsADeclaredDrop()
    {
        await using var upstream = await SocketUpstream.StartAsync(SocketUpstream.EchoAsync);
        await using var gateway = await TestGateway.StartAsync(upstream.Url);
        using (var client = await SocketUpstream.ConnectAsync(gateway.Url, change: options => options.SetRequestHeader("X-Tda-Opt-Out", "record")))
        {
            await SocketUpstream.SendAsync(client, "hello");
            Assert.Equal("hello", await SocketUpstream.ReceiveTextAsync(client));
            await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }

        Assert.Empty(await gateway.StopAndReadAsync());
        Assert.Equal([new("opt_out", 1)], gateway.Server.Counts.Drops);
    }

    [Fact]
    public async Task Health_WhileConnected_InFlightAndThenRecorded()
    {
        await using var upstream = await SocketUpstream.StartAsync(SocketUpstream.EchoAsync);
        await using var gateway = await TestGateway.StartAsync(upstream.Url);
        using var client = await SocketUpstream.ConnectAsync(gateway.Url);
        Assert.Equal((1, 1, 0), (gateway.Server.Counts.Forwarded, gateway.Server.Counts.InFlight, gateway.Server.Counts.Recorded));

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);

        await Eventually.HoldsAsync(() => Task.FromResult(gateway.Server.Counts is { InFlight: 0, Recorded: 1 }));
        Assert.Equal(("ok", 0), (gateway.Server.Health.Status, gateway.Server.Health.Difference));
    }

    /// <summary>A server's answer to an upgrade; nobody here checks the accept key.</summary>
    internal const string Handshake = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

    /// <summary>A client's upgrade, with RFC 6455's own key.</summary>
    internal const string Upgrade = "GET /v1/realtime?model=m HTTP/1.1\r\nHost: g\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    private static WebSocketKind Kind(WebSocketMessageType type) => type == WebSocketMessageType.Text ? WebSocketKind.Text : WebSocketKind.Binary;

    private static (WebSocketMessageType Type, byte[] Data) Message(Random random, int i)
    {
        if (i % 4 == 3)
        {
            var bytes = new byte[random.Next(3000)];
            random.NextBytes(bytes);
            return (WebSocketMessageType.Binary, bytes);
        }

        var text = string.Concat(Enumerable.Range(0, i == 6 ? 9000 : random.Next(30)).Select(n => $"Grüße {n % 7} 👋\n"));
        return (WebSocketMessageType.Text, Encoding.UTF8.GetBytes(text));
    }
}
