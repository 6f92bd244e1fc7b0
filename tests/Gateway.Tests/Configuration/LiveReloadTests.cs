using Tda.Gateway.Configuration;
using Tda.Gateway.Tests.Support;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Configuration;

/// <summary>A configuration that changes under real requests.</summary>
public sealed class LiveReloadTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Reload_UnderLoad_NoRequestFailsAndEachHasOneUpstream()
    {
        await using var one = ScriptedUpstream.Answering(Samples.Json("""{"from":"one"}"""));
        await using var two = ScriptedUpstream.Answering(Samples.Json("""{"from":"two"}"""));
        var configuration = Configuration(one.Url);
        await using var server = await GatewayServer.StartAsync(configuration);
        using var http = new HttpClient { BaseAddress = server.Url };
        var answers = new List<string>();

        var clients = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                var answer = await http.GetStringAsync("/v1/models");
                lock (answers)
                {
                    answers.Add(answer);
                }
            }
        })).ToArray();
        for (var i = 0; i < 40; i++)
        {
            Write(i % 2 == 0 ? two.Url : one.Url);
            Assert.True(server.Reload());
            await Task.Yield();
        }

        Write(two.Url);
        server.Reload();
        await Task.WhenAll(clients);

        Assert.Equal(200, answers.Count);
        Assert.All(answers, answer => Assert.Contains(answer, (string[])["""{"from":"one"}""", """{"from":"two"}"""]));
        Assert.Equal("""{"from":"two"}""", await http.GetStringAsync("/v1/models"));
        Assert.Equal(201, one.Requests.Count + two.Requests.Count);
    }

    [Fact]
    public async Task Reload_InsideARequest_ThatRequestKeepsItsTimeout()
    {
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream(async request =>
        {
            asked.SetResult();
            await answer.Task;
            await request.SendAsync(Samples.Json("{}"));
        });
        await using var server = await GatewayServer.StartAsync(Configuration(upstream.Url));
        var call = RawClient.PostAsync(server.Url, "/v1/completions", "{}");
        await asked.Task;

        Write(upstream.Url, """, "timeout": "1ms" """);
        server.Reload();
        answer.SetResult();

        Assert.StartsWith("HTTP/1.1 200", await call, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromMilliseconds(1), server.Options.Timeout);
    }

    [Fact]
    public async Task Reload_InvalidFile_ServesOnAndHealthSaysSo()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json("{}"));
        var logs = new CapturedLogs();
        await using var server = await GatewayServer.StartAsync(Configuration(upstream.Url), logs);
        using var http = new HttpClient { BaseAddress = server.Url };
        Write(upstream.Url, """, "nonsense": 1""");

        server.Reload();

        Assert.Equal("{}", await http.GetStringAsync("/v1/models"));
        using var health = JsonDocument.Parse(await http.GetStringAsync("/health"));
        Assert.Equal("degraded", health.RootElement.GetProperty("status").GetString());
        Assert.Contains("nonsense", health.RootElement.GetProperty("configuration_error").GetString(), StringComparison.Ordinal);
        Assert.Contains(logs.Lines, line => line.Contains("Error", StringComparison.Ordinal) && line.Contains("nonsense", StringComparison.Ordinal));
        Assert.Contains("tda_gateway_configuration_valid{} 0\n", await http.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_RouteWithItsOwnUpstream_GoesThereWhateverTheRequestSays()
    {
        await using var everything = ScriptedUpstream.Answering(Samples.Json("""{"from":"default"}"""));
        await using var messages = ScriptedUpstream.Answering(Samples.Json("""{"from":"messages"}"""));
        var routes = new Dictionary<string, RouteOptions> { ["/v1/messages"] = new() { Upstream = messages.Url } };
        await using var gateway = await TestGateway.StartAsync(everything, options => options with { Routes = routes });

        Assert.EndsWith("""{"from":"messages"}""", await RawClient.PostAsync(gateway.Url, "/v1/messages", "{}"), StringComparison.Ordinal);
        Assert.EndsWith("""{"from":"messages"}""", await RawClient.PostAsync(gateway.Url, "/v1/messages/count_tokens", "{}"), StringComparison.Ordinal);
        Assert.EndsWith("""{"from":"default"}""", await RawClient.PostAsync(gateway.Url, "/v1/completions", "{}"), StringComparison.Ordinal);
        Assert.EndsWith("""{"from":"default"}""",
            await RawClient.PostAsync(gateway.Url, "/v1/completions?upstream=" + messages.Url, "{}", $"X-Upstream: {messages.Url}\r\nX-Forwarded-Host: x\r\n"),
            StringComparison.Ordinal);
        Assert.All(await gateway.StopAndReadAsync(), exchange => Assert.Equal(TerminalState.Complete, exchange.State));
    }

    private GatewayConfiguration Configuration(string upstream)
    {
        Write(upstream);
        return new(Path.Combine(_directory.Path, "g.json"));
    }

    private void Write(string upstream, string more = "") => _directory.Write(
        "g.json", $$"""{ "upstream": "{{upstream}}", "listen": "http://127.0.0.1:0", "home": "{{_directory.Path}}/home"{{more}} }""");
}
