using System.Net;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Operations;

/// <summary>A gateway that is told to stop while it works.</summary>
public class DrainTests
{
    [Fact]
    public async Task StopAsync_DrainDelay_NotReadyButServing()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json("{}"));
        var time = new FakeTimeProvider();
        using var home = new TestKit.TempDirectory();
        var options = TestGateway.Options(upstream.Url, home.Path, options => options with { DrainDelay = TimeSpan.FromSeconds(5) });
        await using var server = await GatewayServer.StartAsync(options, time: time);
        using var http = new HttpClient { BaseAddress = server.Url };
        Assert.Equal("ok\n", await http.GetStringAsync("/ready"));

        var stopping = server.StopAsync();

        using var ready = await http.GetAsync("/ready");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "draining\n"), (ready.StatusCode, await ready.Content.ReadAsStringAsync()));
        Assert.Equal("alive\n", await http.GetStringAsync("/alive"));
        Assert.Equal("{}", await http.GetStringAsync("/v1/models"));
        Assert.False(stopping.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(5));
        await stopping;
        Assert.Equal((1L, 1L), (server.Counts.Forwarded, server.Counts.Recorded));
    }

    [Fact]
    public async Task StopAsync_StreamUnderWay_ItEndsWhole()
    {
        var begun = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.BeginStreamAsync();
            await request.SendChunkAsync(Samples.Delta("first"));
            begun.SetResult();
            await goOn.Task;
            await request.SendChunkAsync(Samples.Delta("last", "stop") + "data: [DONE]\n\n");
            await request.EndChunksAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendPostAsync("/v1/chat/completions", Samples.StreamRequest, "Connection: close\r\n");
        await begun.Task;
        await client.ReadUntilAsync("first");

        var read = gateway.StopAndReadAsync();
        goOn.SetResult();

        Assert.Contains("[DONE]", await client.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal((TerminalState.Complete, "firstlast"), (Assert.Single(await read).State, (await read)[0].Response));
    }
}
