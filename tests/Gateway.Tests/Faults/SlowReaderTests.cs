using Tda.Gateway.Tests.Support;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Faults;

/// <summary>A client that takes its answer slowly holds up its own upstream, and nobody else.</summary>
public class SlowReaderTests
{
    private const int SmallBuffer = 256 << 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly byte[] Piece = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("words and words\n", 4096)));

    // More than the buffers of four sockets hold.
    private const int Pieces = 512;

    [Fact]
    public async Task Post_ClientDoesNotRead_UpstreamWaitsOthersAreServedAndThenEveryByteComes()
    {
        var sent = 0;
        await using var upstream = new ScriptedUpstream(async request =>
        {
            if (request.BodyText != "{}")
            {
                await request.SendAsync(Samples.Json(Samples.Chat));
                return;
            }

            await request.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {Piece.Length * Pieces}\r\n\r\n");
            for (; sent < Pieces; Interlocked.Increment(ref sent))
            {
                await request.SendAsync(Piece);
            }
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var client = await RawClient.ConnectAsync(gateway.Url, SmallBuffer);
        await client.SendPostAsync("/v1/files", "{}", "Connection: close\r\n");
        await StalledAsync(() => Volatile.Read(ref sent));

        Assert.InRange(sent, 1, Pieces - 1);
        Assert.StartsWith("HTTP/1.1 200", await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest), StringComparison.Ordinal);
        Assert.Equal(1, gateway.Server.Counts.InFlight);

        var answer = WireAnswer.Of(await client.ReadBytesToEndAsync());
        await gateway.Server.DrainedAsync();
        TestGateway.AssertAllRecorded(2, gateway.Server.Counts);
        Assert.True(answer.Whole);
        var exchange = (await gateway.StopAndReadAsync()).Single(one => one.Route == "/v1/files");
        Assert.Equal(TerminalState.Complete, exchange.State);
        OneCall.AssertRecorded(answer.Body, exchange.ResponseBody);
        Assert.True(Enumerable.Range(0, Pieces).All(i => answer.Body.AsSpan(i * Piece.Length, Piece.Length).SequenceEqual(Piece)));
    }

    [Fact]
    public async Task Post_ClientDoesNotReadAndLeaves_UpstreamIsCutOffAndWhatTheGatewayTookIsRecorded()
    {
        var sent = 0;
        var gone = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream(async request =>
        {
            try
            {
                await request.BeginStreamAsync();
                for (; sent < Pieces; Interlocked.Increment(ref sent))
                {
                    await request.SendChunkAsync(Piece);
                }
            }
            finally
            {
                gone.SetResult();
            }
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using (var client = await RawClient.ConnectAsync(gateway.Url, SmallBuffer))
        {
            await client.SendPostAsync("/v1/files", "{}");
            await StalledAsync(() => Volatile.Read(ref sent));
            client.Reset();
        }

        await gone.Task;
        await gateway.Server.DrainedAsync();
        Assert.InRange(sent, 1, Pieces - 1);
        TestGateway.AssertAllRecorded(1, gateway.Server.Counts);
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(TerminalState.ClientAbort, exchange.State);
        var all = Enumerable.Repeat(Piece, Pieces).SelectMany(piece => piece).Take((int)exchange.ResponseBody.Length).ToArray();
        OneCall.AssertRecorded(all, exchange.ResponseBody);
    }

    [Fact]
    public async Task Post_ClientDoesNotReadForLongerThanTheTimeout_CutOffAndNotBlamedOnTheUpstream()
    {
        var gone = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream(async request =>
        {
            try
            {
                await request.BeginStreamAsync();
                for (var i = 0; i < Pieces; i++)
                {
                    await request.SendChunkAsync(Piece);
                }
            }
            finally
            {
                gone.SetResult();
            }
        });
        await using var gateway = await TestGateway.StartAsync(upstream, options => options with { Timeout = TimeSpan.FromMilliseconds(500) });
        using var client = await RawClient.ConnectAsync(gateway.Url, SmallBuffer);
        await client.SendPostAsync("/v1/files", "{}");
        await gone.Task;
        await gateway.Server.DrainedAsync();

        TestGateway.AssertAllRecorded(1, gateway.Server.Counts);
        Assert.False(WireAnswer.Of(await client.ReadBytesToEndAsync()).Whole);
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(TerminalState.ClientAbort, exchange.State);
        Assert.Matches("^the client (took nothing|left inside)", exchange.Failure);
    }

    /// <summary>Waits until a sender makes no progress: its buffers, and those behind them, are full.</summary>
    private static async Task StalledAsync(Func<int> progress)
    {
        var (last, still) = (0, 0);
        await Eventually.TrueAsync(
            () =>
            {
                var now = progress();
                still = now > 0 && now == last ? still + 1 : 0;
                last = now;
                return still >= 5;
            },
            Patience);
    }
}
