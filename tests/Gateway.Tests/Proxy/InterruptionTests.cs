using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Proxy;

public class InterruptionTests
{
    [Fact]
    public async Task Post_UpstreamResetsMidStream_ClientsStreamBreaksAndStateIsUpstreamAbort()
    {
        var read = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.BeginStreamAsync();
            await request.SendChunkAsync(Samples.Delta("half"));
            await read.Task;
            request.Reset();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);

        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendPostAsync("/v1/chat/completions", Samples.StreamRequest);
        await client.ReadUntilAsync("half");
        read.SetResult();
        var rest = await client.ReadToEndAsync();

        // The chunked body's end must not come: the client has to see that its answer is not whole.
        Assert.DoesNotContain("0\r\n\r\n", rest, StringComparison.Ordinal);
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal((TerminalState.UpstreamAbort, "half", 200), (exchange.State, exchange.Response, exchange.Status!.Value));
    }

    [Fact]
    public async Task Post_UpstreamEndsBeforeItsContentLength_UpstreamAbort()
    {
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"choices\":");
            request.Reset();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);

        await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest);

        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(TerminalState.UpstreamAbort, exchange.State);
        Assert.NotNull(exchange.ParseError);
    }

    [Fact]
    public async Task Post_StreamWithoutItsEnd_Truncated()
    {
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.BeginStreamAsync();
            await request.SendChunkAsync(Samples.Delta("cut"));
            await request.EndChunksAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);

        await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.StreamRequest);

        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal((TerminalState.Truncated, "cut"), (exchange.State, exchange.Response));
    }

    [Fact]
    public async Task Post_ClientLeavesMidStream_UpstreamIsCutOffAndStateIsClientAbort()
    {
        var gone = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.BeginStreamAsync();
            await request.SendChunkAsync(Samples.Delta("first"));
            await request.GatewayGoneAsync();
            gone.SetResult();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);

        using (var client = await RawClient.ConnectAsync(gateway.Url))
        {
            await client.SendPostAsync("/v1/chat/completions", Samples.StreamRequest);
            await client.ReadUntilAsync("first");
        }

        await gone.Task;
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal((TerminalState.ClientAbort, "first"), (exchange.State, exchange.Response));
    }

    [Fact]
    public async Task Post_ClientLeavesBeforeTheAnswer_ClientAbortWithoutStatus()
    {
        var arrived = new TaskCompletionSource();
        var gone = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream(async request =>
        {
            arrived.SetResult();
            await request.GatewayGoneAsync();
            gone.SetResult();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);

        using (var client = await RawClient.ConnectAsync(gateway.Url))
        {
            await client.SendPostAsync("/v1/chat/completions", Samples.ChatRequest);
            await arrived.Task;
        }

        await gone.Task;
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal((TerminalState.ClientAbort, null, "Grüße? 👋"), (exchange.State, exchange.Status, exchange.Prompt));
    }

    [Fact]
    public async Task Post_UpstreamDown_502InTheProvidersShapeAndPromptRecorded()
    {
        await using var gateway = await TestGateway.StartAsync($"http://127.0.0.1:{UnusedPort()}");

        var response = await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest);

        Assert.StartsWith("HTTP/1.1 502", response, StringComparison.Ordinal);
        using var body = JsonDocument.Parse(response[(response.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
        Assert.Equal("upstream_unavailable", body.RootElement.GetProperty("error").GetProperty("code").GetString());
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal((TerminalState.UpstreamAbort, 502, "Grüße? 👋"), (exchange.State, exchange.Status!.Value, exchange.Prompt));
    }

    [Fact]
    public async Task Post_UpstreamDownOnMessagesRoute_ErrorInThatProvidersShape()
    {
        await using var gateway = await TestGateway.StartAsync($"http://127.0.0.1:{UnusedPort()}");

        var response = await RawClient.PostAsync(gateway.Url, "/v1/messages", "{}");

        using var body = JsonDocument.Parse(response[(response.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
        Assert.Equal("error", body.RootElement.GetProperty("type").GetString());
        Assert.Equal("api_error", body.RootElement.GetProperty("error").GetProperty("type").GetString());
    }

    [Fact]
    public async Task Post_SilentUpstream_504AndTimeout()
    {
        await using var upstream = new ScriptedUpstream(request => request.GatewayGoneAsync());
        await using var gateway = await TestGateway.StartAsync(upstream, options => options with
        {
            Routes = new Dictionary<string, RouteOptions> { ["/v1/chat/completions"] = new() { Timeout = TimeSpan.FromMilliseconds(200) } },
        });

        var response = await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest);

        Assert.StartsWith("HTTP/1.1 504", response, StringComparison.Ordinal);
        Assert.Contains("upstream_timeout", response, StringComparison.Ordinal);
        Assert.Equal(TerminalState.Timeout, (await gateway.StopAndReadOneAsync()).State);
    }

    [Fact]
    public async Task Post_UpstreamFallsSilentMidStream_ClientsStreamBreaksAndStateIsTimeout()
    {
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.BeginStreamAsync();
            await request.SendChunkAsync(Samples.Delta("then nothing"));
            await request.GatewayGoneAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream, options => options with { Timeout = TimeSpan.FromMilliseconds(300) });

        var response = await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.StreamRequest);

        Assert.DoesNotContain("0\r\n\r\n", response, StringComparison.Ordinal);
        Assert.Equal((TerminalState.Timeout, "then nothing"), await gateway.StopAndReadOneAsync() is var e ? (e.State, e.Response) : default);
    }

    [Fact]
    public async Task Post_UpstreamStaysOpenAfterDone_ClientStillGetsTheEnd()
    {
        var seen = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.BeginStreamAsync();
            await request.SendChunkAsync(Samples.ChatStream);
            await seen.Task;
            await request.EndChunksAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);

        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendPostAsync("/v1/chat/completions", Samples.StreamRequest);
        await client.ReadUntilAsync("data: [DONE]\n\n");
        seen.SetResult();
        await client.ReadUntilAsync("0\r\n\r\n");

        Assert.Equal(TerminalState.Complete, (await gateway.StopAndReadOneAsync()).State);
    }

    [Fact]
    public async Task StopAsync_StreamInProgress_RunsToItsEnd()
    {
        var stopping = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.BeginStreamAsync();
            await request.SendChunkAsync(Samples.Delta("before"));
            await stopping.Task;
            await request.SendChunkAsync(Samples.Delta(" after", "stop") + "data: [DONE]\n\n");
            await request.EndChunksAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);

        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendPostAsync("/v1/chat/completions", Samples.StreamRequest);
        await client.ReadUntilAsync("before");
        var stop = gateway.Server.StopAsync();
        stopping.SetResult();
        Assert.Contains("[DONE]", await client.ReadToEndAsync(), StringComparison.Ordinal);
        await stop;

        Assert.Equal("before after", (await gateway.StopAndReadOneAsync()).Response);
    }

    [Fact]
    public async Task StopAsync_StreamThatNeverEnds_CutAfterTheDrainTimeoutAndRecorded()
    {
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.BeginStreamAsync();
            await request.SendChunkAsync(Samples.Delta("endless"));
            await request.GatewayGoneAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream, options => options with { DrainTimeout = TimeSpan.FromMilliseconds(100) });

        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendPostAsync("/v1/chat/completions", Samples.StreamRequest);
        await client.ReadUntilAsync("endless");
        var clock = Stopwatch.StartNew();
        var exchange = await gateway.StopAndReadOneAsync();

        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.Equal(TerminalState.ClientAbort, exchange.State);
        Assert.Contains("gateway was stopped", exchange.Failure, StringComparison.Ordinal);
    }

    private static int UnusedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
