using Tda.Gateway.Tests.Support;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Faults;

/// <summary>A spool of an earlier run that can't be read, whatever is wrong with it, is told and kept, and stands in nobody's way.</summary>
public sealed class StuckOrphanTests
{
    [Fact]
    public async Task Post_EarlierSpoolUnreadable_ThisRunsExchangesAreStoredAllTheSame()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        using var home = new TempDirectory();
        var orphan = Path.Combine(home.Path, "spool", "0193d2a0-0000-7000-8000-00000000dead");
        Directory.CreateDirectory(orphan);

        // Reading the first bytes of a process's own memory is an error of the device, as from a broken disk.
        var segment = Path.Combine(orphan, "0000000000.wal");
        File.CreateSymbolicLink(segment, "/proc/self/mem");

        await using (var server = await GatewayServer.StartAsync(TestGateway.Options(upstream.Url, home.Path)))
        {
            await RawClient.PostAsync(server.Url, "/v1/chat/completions", Samples.ChatRequest);
            await Eventually.TrueAsync(() => server.Counts is { Recorded: 1, Pending: 0 }, TimeSpan.FromSeconds(30));
            await Eventually.TrueAsync(() => server.Health is { Status: "degraded", SessionsToRecover: 1 }, TimeSpan.FromSeconds(30));
            Assert.Contains("an earlier run's spool can't be brought in", server.Health.Failure, StringComparison.Ordinal);
        }

        Assert.True(File.Exists(segment));
        Assert.Equal([orphan], Directory.GetDirectories(Path.Combine(home.Path, "spool")));
    }
}
