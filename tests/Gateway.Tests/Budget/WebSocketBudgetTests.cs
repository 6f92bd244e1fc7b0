using System.IO.Compression;
using System.Net.WebSockets;
using Tda.Gateway.Capture;
using Tda.Gateway.Tests.Support;
using Tda.Gateway.Tests.WebSockets;
using Tda.Gateway.WebSockets;
using Tda.TestKit;

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

    [Fact]
    public async Task Connection_MessageThatIsNotWholeYet_TakesOfTheBudgetUntilTheClientLeaves()
    {
        await using var upstream = await SocketUpstream.StartAsync(SocketUpstream.EchoAsync);
        await using var gateway = await TestGateway.StartAsync(upstream.Url, options => options with { MaxMemoryBytes = 256 << 20 });
        using (var client = await SocketUpstream.ConnectAsync(gateway.Url))
        {
            await client.SendAsync(new byte[1 << 20], WebSocketMessageType.Binary, endOfMessage: false, CancellationToken.None);
            await Eventually.TrueAsync(() => gateway.Server.Health.MemoryBytes >= 1 << 20, TimeSpan.FromSeconds(30));
            client.Abort();
        }

        await gateway.Server.DrainedAsync();
        Assert.Equal(0, gateway.Server.Health.MemoryBytes);
        Assert.InRange(Assert.Single(RecordedMessages.Sent(await gateway.StopAndReadOneAsync())).Data.Length, 1 << 19, 1 << 20);
    }

    [Fact]
    public void TryRead_MessageLongerThanThereIsMemoryFor_CutAndItsMemoryGivenBack()
    {
        var budget = new MemoryBudget(16 << 20);
        using var reader = new WebSocketFrameReader(compressed: false, 64 << 20, budget);
        var frame = WebSocketFrameReaderTests.Frame(2, new byte[8 << 20]);

        foreach (var piece in frame[..^1].Chunk(64 << 10))
        {
            ReadOnlySpan<byte> part = piece;
            Assert.False(reader.TryRead(ref part, out _));
        }

        Assert.InRange(budget.Used, 1 << 20, 16 << 20);
        ReadOnlySpan<byte> last = frame.AsSpan(^1..);
        Assert.True(reader.TryRead(ref last, out var one));
        Assert.Equal((true, 8 << 20), (one.Cut, one.Length));
        Assert.InRange(one.Payload.Length, 1 << 20, 6 << 20);

        Assert.False(reader.TryRead(ref last, out _));
        Assert.Equal(0, budget.Used);
        ReadOnlySpan<byte> next = WebSocketFrameReaderTests.Frame(2, new byte[1000]);
        Assert.True(reader.TryRead(ref next, out one));
        Assert.Equal((false, 1000), (one.Cut, one.Payload.Length));
    }

    [Theory]
    [InlineData(16 << 20, 64 << 20, false)]
    [InlineData(256 << 20, 64 << 20, true)]
    [InlineData(256 << 20, 4 << 20, false)]
    public void TryInflate_MoreThanThereIsMemoryFor_KeptPackedAndTold(int memory, int limit, bool fits)
    {
        var budget = new MemoryBudget(memory);
        using var inflater = new WebSocketInflater(keepsContext: false, limit, budget);
        var packed = new MemoryStream();
        using var deflate = new DeflateStream(packed, CompressionLevel.Fastest);
        deflate.Write(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 1 << 20).Select(i => $"{i * 7919L % 100_000_000:D8}"))));
        deflate.Flush();

        Assert.Equal(fits, inflater.TryInflate(packed.ToArray().AsSpan(..^4), out var message));

        Assert.Equal((fits ? 8 << 20 : 0, !fits), (message.Length, inflater.RanOut));
        inflater.Clear();
        Assert.Equal(0, budget.Used);
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
