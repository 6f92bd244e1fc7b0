using System.Net.WebSockets;
using Tda.Gateway.Tests.Support;
using Tda.Gateway.Tests.WebSockets;
using Tda.Store;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Faults;

/// <summary>kill -9 of a gateway with connections: what had come on them is in the log.</summary>
public sealed class WebSocketKillTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly TdaHomeRunner _tda = new();

    public void Dispose() => _tda.Dispose();

    [Theory]
    [InlineData("written")]
    [InlineData("synced")]
    public async Task Kill9_AnswersEndIsWithTheClient_AllUpToItIsInTheLog(string durability)
    {
        await using var upstream = await SocketUpstream.StartAsync(RealtimeScript.ServeAsync);
        var (gateway, url) = await _tda.ServeAsync("gateway", "--upstream", upstream.Url, "--durability", durability);
        var seen = new List<string>();
        await using (gateway)
        {
            using var client = await SocketUpstream.ConnectAsync(url);
            seen.Add((await SocketUpstream.ReceiveTextAsync(client))!);
            for (var turn = 1; turn <= 3; turn++)
            {
                foreach (var asked in RealtimeScript.Ask($"turn {turn}"))
                {
                    await SocketUpstream.SendAsync(client, asked);
                }

                do
                {
                    seen.Add((await SocketUpstream.ReceiveTextAsync(client))!);
                }
                while (!seen[^1].Contains("response.done", StringComparison.Ordinal));
            }

            // Nothing is waited for: the client has the end, so the log has it.
            gateway.Kill();
            await gateway.ExitAsync(Patience);
        }

        var exchange = await RecoverAsync(upstream.Url);
        Assert.Equal((TerminalState.GatewayAbort, 101, 1L), (exchange.State, exchange.Status, exchange.Sequence));
        Assert.Equal(seen, RecordedMessages.Texts(RecordedMessages.Received(exchange)));
        Assert.Equal(6, RecordedMessages.Sent(exchange).Count);
        Assert.Equal(RealtimeScript.Answered("turn 3"), exchange.Response);
        RecordedMessages.AssertNumbered(exchange);
    }

    [Fact]
    public async Task Kill9_ConnectionThatSaysNothingMore_ItsLastWordsAreInTheLog()
    {
        await using var upstream = await SocketUpstream.StartAsync(SocketUpstream.EchoAsync);
        var (gateway, url) = await _tda.ServeAsync("gateway", "--upstream", upstream.Url);
        await using (gateway)
        {
            using var client = await SocketUpstream.ConnectAsync(url);
            foreach (var text in (string[])["first words", "last words"])
            {
                await SocketUpstream.SendAsync(client, text);
                Assert.Equal(text, await SocketUpstream.ReceiveTextAsync(client));
                await Eventually.TrueAsync(() => KilledGateway.Unsettled(_tda) is [var one] && RecordedMessages.Texts(RecordedMessages.Sent(one.Exchange)).Contains(text) && RecordedMessages.Texts(RecordedMessages.Received(one.Exchange)).Contains(text), Patience);
            }

            gateway.Kill();
            await gateway.ExitAsync(Patience);
        }

        var exchange = await RecoverAsync(upstream.Url);
        Assert.Equal(["first words", "last words"], RecordedMessages.Texts(RecordedMessages.Sent(exchange)));
        Assert.Equal(["first words", "last words"], RecordedMessages.Texts(RecordedMessages.Received(exchange)));
        Assert.Equal(TerminalState.GatewayAbort, exchange.State);
    }

    [Fact]
    public async Task Kill9_CloseIsWithTheClient_AllIsInTheLog()
    {
        var closing = new TaskCompletionSource();
        await using var upstream = await SocketUpstream.StartAsync(async socket =>
        {
            await SocketUpstream.SendAsync(socket, "hello");
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None);

            // The connection stays open until the gateway is gone, so that only what is spooled by then can be in the log.
            await closing.Task;
        });
        var (gateway, url) = await _tda.ServeAsync("gateway", "--upstream", upstream.Url);
        await using (gateway)
        {
            using var client = await SocketUpstream.ConnectAsync(url);
            Assert.Equal("hello", await SocketUpstream.ReceiveTextAsync(client));
            Assert.Null(await SocketUpstream.ReceiveAsync(client));
            gateway.Kill();
            await gateway.ExitAsync(Patience);
        }

        closing.SetResult();
        var exchange = await RecoverAsync(upstream.Url);
        Assert.Equal(["hello", "1000 done"], RecordedMessages.Received(exchange).Select(message => Encoding.UTF8.GetString(message.Data)));
    }

    private async Task<Exchange> RecoverAsync(string upstream)
    {
        await KilledGateway.RecoverAsync(_tda, upstream, Patience);
        Assert.Equal(0, (await _tda.RunAsync("exchanges", "verify")).ExitCode);
        await using var store = await ExchangeStore.OpenAsync(new TdaHome(_tda.Home));
        return Assert.Single(await store.ReadAsync(ExchangeFilter.All).ToListAsync());
    }
}
