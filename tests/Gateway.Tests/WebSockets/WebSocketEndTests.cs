using System.Net.WebSockets;
using Tda.Gateway.Spool;
using Tda.Gateway.Tests.Support;
using Tda.Gateway.WebSockets;
using Tda.TestKit;

namespace Tda.Gateway.Tests.WebSockets;

/// <summary>How connections end, and who is to blame.</summary>
public class WebSocketEndTests
{
    private static readonly byte[] Hello = WebSocketFrameReaderTests.Frame(1, "hello"u8);

    [Theory]
    [InlineData(1000)]
    [InlineData(1001)]
    [InlineData(4008)]
    public async Task Close_ByTheClient_Complete(int code)
    {
        var (exchange, _) = await RunAsync(SocketUpstream.EchoAsync, client => client.CloseAsync((WebSocketCloseStatus)code, "bye", CancellationToken.None));

        Assert.Equal((TerminalState.Complete, null), (exchange.State, exchange.Failure));
        Assert.Equal($"{code} bye", Encoding.UTF8.GetString(RecordedMessages.Sent(exchange)[^1].Data));
    }

    [Fact]
    public async Task Close_ByTheUpstream_Complete()
    {
        var (exchange, seen) = await RunAsync(
            socket => socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None), AnswerCloseAsync);

        Assert.Equal((TerminalState.Complete, null, 1000, "done"), (exchange.State, exchange.Failure, (int)seen.Status!, seen.Description));
        Assert.Equal([WebSocketKind.Close], RecordedMessages.Received(exchange).Select(message => message.Kind));
        Assert.Equal([WebSocketKind.Close], RecordedMessages.Sent(exchange).Select(message => message.Kind));
    }

    [Fact]
    public async Task Close_ByTheUpstreamWithAFault_UpstreamAbortThatNamesTheCode()
    {
        var (exchange, seen) = await RunAsync(
            socket => socket.CloseAsync(WebSocketCloseStatus.InternalServerError, "oh", CancellationToken.None), AnswerCloseAsync);

        Assert.Equal((TerminalState.UpstreamAbort, "the upstream closed the connection with code 1011"), (exchange.State, exchange.Failure));
        Assert.Equal((1011, "oh"), ((int)seen.Status!, seen.Description));
    }

    [Fact]
    public async Task Close_ByTheClientWithAFault_ClientAbort()
    {
        var (exchange, _) = await RunAsync(
            SocketUpstream.EchoAsync, client => client.CloseAsync(WebSocketCloseStatus.InvalidPayloadData, null, CancellationToken.None));

        Assert.Equal((TerminalState.ClientAbort, "the client closed the connection with code 1007"), (exchange.State, exchange.Failure));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Client_GoesWithoutAClose_ClientAbort(bool reset)
    {
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.SendAsync(WebSocketRecordTests.Handshake);
            await request.SendAsync(Hello);
            await request.GatewayGoneAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using (var client = await RawClient.ConnectAsync(gateway.Url))
        {
            await client.SendAsync(WebSocketRecordTests.Upgrade);
            await client.ReadUntilAsync("hello");
            if (reset)
            {
                client.Reset();
            }
        }

        await Eventually.HoldsAsync(() => Task.FromResult(gateway.Server.Counts.InFlight == 0));
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(TerminalState.ClientAbort, exchange.State);
        Assert.Contains("the client left", exchange.Failure, StringComparison.Ordinal);
        Assert.Equal(["hello"], RecordedMessages.Texts(RecordedMessages.Received(exchange)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Upstream_GoesInsideAMessage_UpstreamAbortAndWhatCame(bool reset)
    {
        var read = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.SendAsync(WebSocketRecordTests.Handshake);
            await request.SendAsync(Hello.Concat(WebSocketFrameReaderTests.Frame(1, "half of it"u8)[..^3]).ToArray());
            await read.Task;
            if (reset)
            {
                request.Reset();
            }
            else
            {
                request.Close();
            }
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendAsync(WebSocketRecordTests.Upgrade);
        await client.ReadUntilAsync("half of");
        read.SetResult();

        // The client's connection ends as well, without a close of our making.
        Assert.Equal("", await client.ReadToEndAsync());
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal((TerminalState.UpstreamAbort, "the upstream ended the connection without closing it"), (exchange.State, exchange.Failure));
        Assert.Equal(["hello", "half of"], RecordedMessages.Texts(RecordedMessages.Received(exchange)));
        Assert.Equal([null, 7L], RecordedMessages.Received(exchange).Select(message => message.Cut));
    }

    [Fact]
    public async Task Connection_SilentForTooLong_Timeout()
    {
        await using var upstream = await SocketUpstream.StartAsync(SocketUpstream.EchoAsync);
        await using var gateway = await TestGateway.StartAsync(upstream.Url, options => options with { Timeout = TimeSpan.FromMilliseconds(300) });
        using var client = await SocketUpstream.ConnectAsync(gateway.Url);
        await SocketUpstream.SendAsync(client, "hello");
        Assert.Equal("hello", await SocketUpstream.ReceiveTextAsync(client));

        await Assert.ThrowsAsync<WebSocketException>(() => SocketUpstream.ReceiveAsync(client));

        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(TerminalState.Timeout, exchange.State);
        Assert.Equal(["hello"], RecordedMessages.Texts(RecordedMessages.Sent(exchange)));
    }

    [Fact]
    public async Task StopAsync_WhileConnected_CutAfterTheDrainTimeoutAndRecorded()
    {
        await using var upstream = await SocketUpstream.StartAsync(SocketUpstream.EchoAsync);
        await using var gateway = await TestGateway.StartAsync(upstream.Url, options => options with { DrainTimeout = TimeSpan.FromMilliseconds(200) });
        using var client = await SocketUpstream.ConnectAsync(gateway.Url);
        await SocketUpstream.SendAsync(client, "hello");
        Assert.Equal("hello", await SocketUpstream.ReceiveTextAsync(client));

        var exchange = await gateway.StopAndReadOneAsync();

        Assert.Equal(TerminalState.ClientAbort, exchange.State);
        Assert.Contains("the gateway was stopped", exchange.Failure, StringComparison.Ordinal);
        Assert.Equal(["hello"], RecordedMessages.Texts(RecordedMessages.Received(exchange)));
    }

    [Theory]
    [InlineData(SpoolFullPolicy.Refuse)]
    [InlineData(SpoolFullPolicy.PassUnrecorded)]
    public async Task AnswersEnd_SpoolFull_PassesOnlyWhereItMayUnrecorded(SpoolFullPolicy policy)
    {
        const string done = """{"type":"response.done","response":{"id":"r","status":"completed"}}""";
        await using var upstream = await SocketUpstream.StartAsync(async socket =>
        {
            await SocketUpstream.SendAsync(socket, new('x', 4 << 20));
            await SocketUpstream.SendAsync(socket, done);
            await SocketUpstream.EchoAsync(socket);
        });
        await using var gateway = await TestGateway.StartAsync(
            upstream.Url, options => options with { Spool = new() { SegmentBytes = 1 << 20, MaxBytes = 3 << 20, WhenFull = policy } });
        using (var client = await SocketUpstream.ConnectAsync(gateway.Url))
        {
            if (policy == SpoolFullPolicy.Refuse)
            {
                await Assert.ThrowsAsync<WebSocketException>(async () =>
                {
                    while (true)
                    {
                        Assert.NotEqual(done, await SocketUpstream.ReceiveTextAsync(client));
                    }
                });
            }
            else
            {
                Assert.Equal(4 << 20, (await SocketUpstream.ReceiveTextAsync(client))!.Length);
                Assert.Equal(done, await SocketUpstream.ReceiveTextAsync(client));
                await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
            }
        }

        await Eventually.HoldsAsync(() => Task.FromResult(gateway.Server.Counts is { InFlight: 0 }));
        Assert.Equal([new("spool_full", 1)], gateway.Server.Counts.Drops);
    }

    private static async Task AnswerCloseAsync(ClientWebSocket client)
    {
        Assert.Null(await SocketUpstream.ReceiveAsync(client));
        await client.CloseAsync(client.CloseStatus!.Value, client.CloseStatusDescription, CancellationToken.None);
    }

    private static async Task<(Exchange Exchange, (WebSocketCloseStatus? Status, string? Description) Seen)> RunAsync(
        Func<WebSocket, Task> script, Func<ClientWebSocket, Task> end)
    {
        await using var upstream = await SocketUpstream.StartAsync(script);
        await using var gateway = await TestGateway.StartAsync(upstream.Url);
        using var client = await SocketUpstream.ConnectAsync(gateway.Url);
        await end(client);
        var seen = (client.CloseStatus, client.CloseStatusDescription);
        return (await gateway.StopAndReadOneAsync(), seen);
    }
}
