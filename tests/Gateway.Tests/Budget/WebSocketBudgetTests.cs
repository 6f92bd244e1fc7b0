using System.Net.WebSockets;
using Tda.Gateway.Tests.Support;
using Tda.Gateway.Tests.WebSockets;

namespace Tda.Gateway.Tests.Budget;

/// <summary>Messages on WebSockets take no more memory than there is for all bodies.</summary>
public class WebSocketBudgetTests
{
    private const int Connections = 20;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connections_LargeMessagesAndASmallBudget_AllPassAndTheBudgetHolds(bool compressed)
    {
        await using var upstream = await SocketUpstream.StartAsync(SocketUpstream.EchoAsync, compressed);
        await using var gateway = await TestGateway.StartAsync(upstream.Url, options => options with { MaxMemoryBytes = 16 << 20 });
        long most = 0;

        var talks = Task.WhenAll(Enumerable.Range(0, Connections).Select(i => Task.Run(() => TalkAsync(gateway.Url, i, compressed))));
        while (!talks.IsCompleted)
        {
            most = Math.Max(most, gateway.Server.Health.MemoryBytes);
            await Task.WhenAny(talks, Task.Delay(1));
        }

        await talks;
        await gateway.Server.DrainedAsync();
        TestGateway.AssertAllRecorded(Connections, gateway.Server.Counts);
        Assert.InRange(most, 1, 16 << 20);
        Assert.Equal(0, gateway.Server.Health.MemoryBytes);
        Assert.All(await gateway.StopAndReadAsync(), exchange =>
        {
            Assert.Equal(TerminalState.Complete, exchange.State);
            Assert.Equal(exchange.RequestBody.Truncated || exchange.ResponseBody.Truncated || LacksAny(exchange), exchange.Tags.ContainsKey("tda.limited"));
        });
    }

    [Fact]
    public async Task Connection_MessageLongerThanThereIsMemoryFor_PassesAndIsCutAndTheNextIsWhole()
    {
        var large = string.Concat(Enumerable.Repeat("mail ann.lee@example.com, ", 400_000));
        await using var upstream = await SocketUpstream.StartAsync(SocketUpstream.EchoAsync);
        await using var gateway = await TestGateway.StartAsync(upstream.Url, options => options with { MaxMemoryBytes = 64 << 20 });
        using (var client = await SocketUpstream.ConnectAsync(gateway.Url))
        {
            foreach (var text in (string[])["short", large, "short again"])
            {
                await SocketUpstream.SendAsync(client, text);
                Assert.Equal(text, await SocketUpstream.ReceiveTextAsync(client));
            }

            await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }

        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal((TerminalState.Complete, "request cut response cut"), (exchange.State, string.Join(' ', exchange.Tags["tda.limited"].Split(',', StringSplitOptions.TrimEntries))));
        var sent = RecordedMessages.Sent(exchange);
        Assert.Equal("short", Encoding.UTF8.GetString(sent[0].Data));
        Assert.DoesNotContain("ann.lee@example.com", Encoding.UTF8.GetString(exchange.RequestBody.Bytes) + Encoding.UTF8.GetString(exchange.ResponseBody.Bytes), StringComparison.Ordinal);
        Assert.Contains("memory for bodies was used up", exchange.ParseError, StringComparison.Ordinal);
        Assert.Equal("not_complete", new DistillationRule().LeavesOut(exchange));
    }

    private static bool LacksAny(Exchange exchange) =>
        RecordedMessages.Sent(exchange).Concat(RecordedMessages.Received(exchange)).Any(message => message.Cut is not null || message.Packed);

    private static async Task TalkAsync(Uri gateway, int number, bool compressed)
    {
        using var client = await SocketUpstream.ConnectAsync(gateway, change: options => options.DangerousDeflateOptions = compressed ? new() : null);
        foreach (var length in (int[])[1000, 700_000, 1000])
        {
            var text = string.Concat(Enumerable.Range(0, length / 10).Select(i => $"{number:D3} {i:D6}"));
            await SocketUpstream.SendAsync(client, text);
            Assert.Equal(text, await SocketUpstream.ReceiveTextAsync(client));
        }

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
    }
}
