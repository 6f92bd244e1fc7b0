using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Tda.TestKit;

namespace Tda.Cli.Tests.Interruption;

/// <summary>What a service manager sends a gateway: SIGHUP for a changed file, SIGTERM to stop, and a second one when it has waited enough.</summary>
public sealed class GatewaySignalTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly TdaHomeRunner _tda = new();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Hangup_FileChanged_TakenAtOnceAndABadOneRefused()
    {
        var file = Configure("1m");
        (var gateway, var url) = await _tda.ServeAsync("gateway", "--config", file);
        await using (gateway)
        {
            Configure("2m");
            await SignalAsync(gateway, "HUP");
            await gateway.LineAsync("configuration changed: timeout", Patience);

            Configure("never");
            await SignalAsync(gateway, "HUP");
            await gateway.LineAsync(@"gateway\.json:1: timeout: must be a duration", Patience);
            using var http = new HttpClient();
            var health = JsonNode.Parse(await http.GetStringAsync(new Uri(url, "health")))!;
            Assert.Contains("must be a duration", (string?)health["configuration_error"], StringComparison.Ordinal);

            await SignalAsync(gateway, "TERM");
            Assert.Equal(0, (await gateway.ExitAsync(Patience)).ExitCode);
        }
    }

    [Fact]
    public async Task Hangup_WithoutAFile_StopsInOrder()
    {
        (var gateway, _) = await _tda.ServeAsync("gateway", "--upstream", "http://127.0.0.1:1");
        await using (gateway)
        {
            // What it holds is for its own user.
            var home = new DirectoryInfo(_tda.Home);
            Assert.All(home.GetFiles("*", SearchOption.AllDirectories), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, file.UnixFileMode));
            Assert.NotEmpty(home.GetFiles("tda.db"));
            await SignalAsync(gateway, "HUP");
            Assert.Equal(0, (await gateway.ExitAsync(Patience)).ExitCode);
        }
    }

    [Fact]
    public async Task Terminate_RequestUnderWay_WaitsForItAndASecondOneEndsAtOnce()
    {
        // An upstream that takes the request and never answers.
        using var upstream = new TcpListener(IPAddress.Loopback, 0);
        upstream.Start();
        (var gateway, var url) = await _tda.ServeAsync("gateway", "--upstream", $"http://{upstream.LocalEndpoint}");
        await using (gateway)
        {
            using var http = new HttpClient();
            var call = http.GetAsync(new Uri(url, "v1/models"));
            using var taken = await upstream.AcceptSocketAsync();

            await SignalAsync(gateway, "TERM");
            await gateway.LineAsync("stopping: answers in progress are finished first", Patience);
            Assert.False(gateway.HasExited);
            var second = Stopwatch.GetTimestamp();
            await SignalAsync(gateway, "TERM");
            var result = await gateway.ExitAsync(Patience);

            // 128 + SIGTERM, and long before the drain timeout of 30 s.
            Assert.Equal(143, result.ExitCode);
            Assert.True(Stopwatch.GetElapsedTime(second) < TimeSpan.FromSeconds(25));
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => call);
        }
    }

    private string Configure(string timeout) =>
        _tda.Folder.Write("gateway.json", $$"""{ "upstream": "http://127.0.0.1:1", "timeout": "{{timeout}}" }""");

    private static async Task SignalAsync(ChildProcess child, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", child.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
