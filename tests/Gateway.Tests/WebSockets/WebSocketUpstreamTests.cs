using System.Net.WebSockets;
using Tda.Gateway.Costs;
using Tda.Gateway.Tests.Support;
using Tda.Gateway.Upstreams;
using Tda.TestKit;

namespace Tda.Gateway.Tests.WebSockets;

/// <summary>Connections go to the upstream that is meant, as any request does; but are never tried again.</summary>
public sealed class WebSocketUpstreamTests : IDisposable
{
    private const string OwnKey = "sk-of-the-other";

    private readonly TempDirectory _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("/v1/realtime?model=gpt-realtime", null, "main", "/v1/realtime")]
    [InlineData("/v1/realtime?model=other-1", null, "other", "/base/v1/realtime")]
    [InlineData("/o/realtime?model=gpt-realtime", null, "other", "/base/v1/realtime")]
    [InlineData("/o/v1/realtime", null, "other", "/base/v1/realtime")]
    [InlineData("/v1/realtime?model=gpt-realtime", "other", "other", "/base/v1/realtime")]
    public async Task Connection_ByModelPrefixAndHeader_GoesToItsUpstreamWithItsKeyAndPath(string target, string? header, string name, string path)
    {
        var paths = new List<string>();
        Task Serve(string at, WebSocket socket)
        {
            paths.Add(at);
            return SocketUpstream.EchoAsync(socket);
        }

        await using var main = await SocketUpstream.StartByPathAsync(at => socket => Serve(at, socket));
        await using var other = await SocketUpstream.StartByPathAsync(at => socket => Serve(at, socket));
        await using var gateway = await TestGateway.StartAsync("main", options => options with
        {
            Upstreams = new Dictionary<string, UpstreamOptions>
            {
                ["main"] = new() { Url = main.Url },
                ["other"] = new() { Url = other.Url + "/base/v1", Prefix = "/o", Models = ["other-*"], Key = new() { File = _files.Write("key", OwnKey) } },
            },
        });

        using (var client = await SocketUpstream.ConnectAsync(gateway.Url, target, options =>
        {
            options.SetRequestHeader("Authorization", "Bearer sk-own");
            options.SetRequestHeader("X-Tda-Upstream", header);
        }))
        {
            await SocketUpstream.SendAsync(client, "hello");
            Assert.Equal("hello", await SocketUpstream.ReceiveTextAsync(client));
            await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }

        var upgrade = Assert.Single(name == "main" ? main.Upgrades : other.Upgrades);
        Assert.Equal("Bearer " + (name == "main" ? "sk-own" : OwnKey), upgrade["Authorization"]);
        Assert.DoesNotContain("X-Tda-Upstream", upgrade.Keys);
        Assert.Equal([path], paths);
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(
            ("/v1/realtime", name, TerminalState.Complete, target.Split('?')[0]),
            (exchange.Route, exchange.Tags["tda.upstream"], exchange.State, exchange.Path.Split('?')[0]));
        Assert.Equal(["hello"], RecordedMessages.Texts(RecordedMessages.Received(exchange)));
    }

    [Fact]
    public async Task Connection_UpstreamFails_NotTriedAgain()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json("{}", "503 Service Unavailable"));
        await using var gateway = await TestGateway.StartAsync("main", options => options with
        {
            Upstreams = new Dictionary<string, UpstreamOptions> { ["main"] = new() { Url = upstream.Url, Retries = 3 } },
        });

        await Assert.ThrowsAsync<WebSocketException>(() => SocketUpstream.ConnectAsync(gateway.Url));

        Assert.Single(upstream.Requests);
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal((503, false), (exchange.Status, exchange.Tags.ContainsKey("tda.first")));
    }

    [Fact]
    public async Task Connection_BudgetUsedUpByOneBefore_Refused()
    {
        await using var upstream = await SocketUpstream.StartAsync(RealtimeScript.ServeAsync);
        await using var gateway = await TestGateway.StartAsync(upstream.Url, options => options with
        {
            Costs = new() { Budgets = new Dictionary<string, BudgetOptions> { ["b"] = new() { Model = "gpt-realtime*", Tokens = 1 } } },
        });
        using (var client = await SocketUpstream.ConnectAsync(gateway.Url))
        {
            await RealtimeTests.AskAsync(client, "Who?");
            await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }

        await gateway.Server.DrainedAsync();

        var refused = await Assert.ThrowsAsync<WebSocketException>(() => SocketUpstream.ConnectAsync(gateway.Url));
        Assert.Contains("429", refused.Message, StringComparison.Ordinal);
        Assert.Single(upstream.Upgrades);
    }
}
