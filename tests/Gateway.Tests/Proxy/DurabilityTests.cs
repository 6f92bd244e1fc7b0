using System.Net;
using System.Net.Sockets;
using Tda.Gateway.Configuration;
using Tda.Gateway.Spool;
using Tda.Gateway.Tests.Support;
using Tda.Store;
using Tda.Store.Verification;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Proxy;

public class DurabilityTests
{
    [Theory]
    [InlineData(Durability.Written)]
    [InlineData(Durability.Synced)]
    public async Task Post_WrittenOrSynced_InTheLogOnceTheClientHasItsAnswer(Durability durability)
    {
        await using var upstream = new ScriptedUpstream(async request =>
        {
            if (request.BodyText == Samples.ChatRequest)
            {
                await request.SendAsync(Samples.Json(Samples.Chat));
                return;
            }

            await request.BeginStreamAsync();
            await request.SendChunkAsync(Samples.ChatStream[..^8]);
            await request.SendChunkAsync(Samples.ChatStream[^8..]);
            await request.EndChunksAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream, options => options with { Durability = durability });
        using var client = await RawClient.ConnectAsync(gateway.Url);

        for (var i = 1; i <= 10; i++)
        {
            var stream = i % 2 == 0;
            await client.SendPostAsync("/v1/chat/completions", stream ? Samples.StreamRequest : Samples.ChatRequest);
            await client.ReadUntilAsync(stream ? "[DONE]\n\n" : Samples.Chat);
            Assert.Equal((i, 0), (gateway.Server.Counts.Recorded + gateway.Server.Counts.Pending, gateway.Server.Counts.InFlight));
        }
    }

    [Fact]
    public async Task StopAsync_MemoryDurability_EverythingForwardedIsRecorded()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream, options => options with { Durability = Durability.Memory });

        await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest)));
        var exchanges = await gateway.StopAndReadAsync();

        Assert.Equal(40, exchanges.Count);
        TestGateway.AssertAllRecorded(40, gateway.Server.Counts);
    }

    [Fact]
    public async Task Post_StoreFull_ClientIsServedAndExchangeWaitsInTheSpoolForTheNextStart()
    {
        // More than the store may hold, and incompressible by content addressing.
        var large = Samples.Json(Samples.Chat + new string(' ', 400_000));
        await using var upstream = ScriptedUpstream.Answering(large);
        await using var gateway = await TestGateway.StartAsync(upstream, options => options with { MaxStoreBytes = 300_000 });

        var response = await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest);

        Assert.EndsWith(Samples.Chat + new string(' ', 400_000), response, StringComparison.Ordinal);
        using var http = new HttpClient();
        await Eventually.HoldsAsync(async () =>
        {
            using var health = JsonDocument.Parse(await http.GetStringAsync(new Uri(gateway.Url, "/health")));
            return health.RootElement.GetProperty("status").GetString() == "degraded"
                && health.RootElement.GetProperty("pending").GetInt64() == 1
                && health.RootElement.GetProperty("failure").GetString()!.Contains("full", StringComparison.Ordinal);
        });

        await gateway.Server.StopAsync();
        Assert.Single(SpoolDirectory.All(gateway.Home.SpoolDirectory));
        await using (var server = await GatewayServer.StartAsync(TestGateway.Options(upstream.Url, gateway.Home.Root)))
        {
            await server.DrainedAsync();
        }

        Assert.Empty(SpoolDirectory.All(gateway.Home.SpoolDirectory));
        await using var reopened = await ExchangeStore.OpenAsync(gateway.Home);
        var exchange = Assert.Single(await reopened.ReadAsync(ExchangeFilter.All).ToListAsync());
        Assert.Equal((Samples.Answer, TerminalState.Complete), (exchange.Response, exchange.State));
        var verified = await ExchangeVerifier.VerifyAsync(reopened);
        Assert.Equal((1L, 1L, true), (verified.Forwarded, verified.Recorded, verified.Passed));
    }

    [Fact]
    public async Task StartAsync_PortInUse_ClearErrorAndExitCode1()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var listen = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

        var error = await Assert.ThrowsAsync<TdaException>(() => TestGateway.StartAsync("http://127.0.0.1:1", options => options with { Listen = listen }));

        Assert.Equal(1, error.ExitCode);
        Assert.Contains(listen + " is in use", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_Cancelled_StopsInOrderAndReportsCounters()
    {
        using var home = new TempDirectory();
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        using var cancel = new CancellationTokenSource();
        var lines = new List<string>();
        var listening = new TaskCompletionSource<Uri>();

        var configuration = new GatewayConfiguration(null, commandLine:
        [
            new("upstream", upstream.Url, "--upstream"), new("listen", "http://127.0.0.1:0", "--listen"), new("home", home.Path, "--home"),
        ]);

        var run = GatewayServer.RunAsync(configuration, Report, cancellationToken: cancel.Token);
        await RawClient.PostAsync(await listening.Task, "/v1/completions", "{}");
        await cancel.CancelAsync();

        TestGateway.AssertAllRecorded(1, await run);
        Assert.Contains("forwarded 1, recorded 1, pending 0, declared drops 0", lines);

        void Report(string line)
        {
            lines.Add(line);
            if (line.StartsWith("listening on ", StringComparison.Ordinal))
            {
                listening.SetResult(new Uri(line.Split(' ')[2]));
            }
        }
    }
}
