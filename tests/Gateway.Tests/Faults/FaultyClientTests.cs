using Tda.Gateway.Security;
using Tda.Gateway.Tests.Support;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Faults;

/// <summary>Clients that begin and don't go on: they cost a connection, and what was forwarded of them is recorded.</summary>
public class FaultyClientTests
{
    private const string Head = "POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("POST /v1/chat/comp", false)]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Le", false)]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Le", true)]
    [InlineData("\r\n\r\n\r\n", true)]
    public async Task Connect_HalfAHeadAndGone_NothingIsForwardedAndOthersAreServed(string head, bool reset)
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);
        for (var i = 0; i < 20; i++)
        {
            using var client = await RawClient.ConnectAsync(gateway.Url);
            await client.SendAsync(head);
            if (reset)
            {
                client.Reset();
            }
        }

        await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest);
        await gateway.Server.DrainedAsync();
        TestGateway.AssertAllRecorded(1, gateway.Server.Counts);
        Assert.Single(upstream.Requests);
        Assert.Equal(TerminalState.Complete, (await gateway.StopAndReadOneAsync()).State);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("", true)]
    [InlineData("{\"model\":\"m-1\",\"messages\":[", false)]
    [InlineData("{\"model\":\"m-1\",\"messages\":[", true)]
    public async Task Post_ClientLeavesInsideItsRequest_ClientAbortWithWhatCameOfIt(string part, bool reset)
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);
        using (var client = await RawClient.ConnectAsync(gateway.Url))
        {
            await client.SendAsync(Head + "Content-Length: 5000\r\n\r\n" + part);
            await Eventually.TrueAsync(() => gateway.Server.Counts.InFlight == 1, Patience);
            if (reset)
            {
                client.Reset();
            }
        }

        await gateway.Server.DrainedAsync();
        TestGateway.AssertAllRecorded(1, gateway.Server.Counts);
        Assert.Empty(upstream.Requests); // it never got a whole one
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(TerminalState.ClientAbort, exchange.State);
        Assert.NotNull(exchange.ParseError);

        // What came right before the client left may not be read any more: nothing tells when it was.
        Assert.True(Encoding.UTF8.GetBytes(part).AsSpan().StartsWith(exchange.RequestBody.Bytes));
    }

    [Fact]
    public async Task Post_ClientStopsInsideAChunk_ClientAbortWithWhatCameOfIt()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);
        using (var client = await RawClient.ConnectAsync(gateway.Url))
        {
            await client.SendAsync(Head + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n100\r\n1");
            await Eventually.TrueAsync(() => gateway.Server.Counts.InFlight == 1, Patience);
        }

        await gateway.Server.DrainedAsync();
        TestGateway.AssertAllRecorded(1, gateway.Server.Counts);
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(TerminalState.ClientAbort, exchange.State);
        Assert.NotNull(exchange.ParseError);

        // The chunk that was whole, and of the one that was not its first byte; or less, if the client was gone before it was read.
        Assert.StartsWith(Encoding.UTF8.GetString(exchange.RequestBody.Bytes), "{\"a\":1", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_HeadersTooLargeOrTooMany_431NothingForwardedAndNothingRecorded()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);
        var many = string.Concat(Enumerable.Range(0, 101).Select(i => $"X-{i}: 1\r\n"));
        foreach (var headers in (string[])[$"X-Long: {new string('x', 33 << 10)}\r\n", many])
        {
            Assert.StartsWith("HTTP/1.1 431", await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", "{}", headers), StringComparison.Ordinal);
        }

        Assert.Empty(upstream.Requests);
        TestGateway.AssertAllRecorded(0, gateway.Server.Counts);
        Assert.Empty(await gateway.StopAndReadAsync());
    }

    [Fact]
    public async Task Connect_ManyThatSendNothing_OthersAreServedAndTheSilentOnesEndByThemselves()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await StartAsync(upstream, new() { KeepAlive = TimeSpan.FromSeconds(1) });
        var silent = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => RawClient.ConnectAsync(gateway.Url)));

        Assert.StartsWith("HTTP/1.1 200", await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest), StringComparison.Ordinal);
        foreach (var client in silent)
        {
            // Would the gateway keep it, this would wait for ever.
            Assert.Empty(await client.ReadBytesToEndAsync());
            client.Dispose();
        }

        await gateway.Server.DrainedAsync();
        TestGateway.AssertAllRecorded(1, gateway.Server.Counts);
        Assert.Single(await gateway.StopAndReadAsync());
    }

    [Fact]
    public async Task Connect_MoreThanTheLimit_ClosedAtOnceAndServedAgainOnceOthersHaveLeft()
    {
        const int Limit = 20;
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await StartAsync(upstream, new() { MaxConnections = Limit });
        var silent = await Task.WhenAll(Enumerable.Range(0, Limit).Select(_ => RawClient.ConnectAsync(gateway.Url)));
        using (var late = await RawClient.ConnectAsync(gateway.Url))
        {
            Assert.Empty(await late.ReadBytesToEndAsync());
        }

        Array.ForEach(silent, client => client.Dispose());
        await Eventually.HoldsAsync(() => IsServedAsync(gateway.Url));

        await gateway.Server.DrainedAsync();
        TestGateway.AssertAllRecorded(1, gateway.Server.Counts);
        Assert.Single(await gateway.StopAndReadAsync());
    }

    private static Task<TestGateway> StartAsync(ScriptedUpstream upstream, LimitOptions limits) =>
        TestGateway.StartAsync(upstream, options => options with { Security = new() { Limits = limits } });

    private static async Task<bool> IsServedAsync(Uri url)
    {
        try
        {
            return (await RawClient.PostAsync(url, "/v1/chat/completions", Samples.ChatRequest)).StartsWith("HTTP/1.1 200", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // Closed before the request was written.
            return false;
        }
    }
}
