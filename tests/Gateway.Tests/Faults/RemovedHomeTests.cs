using Tda.Gateway.Tests.Support;
using Tda.Store;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Faults;

/// <summary>Files that are removed, or replaced, under a running gateway: it says so, and loses nothing more.</summary>
public sealed class RemovedHomeTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Post_LogRemoved_ToldAndWhatComesThenIsInTheNextLog(bool another)
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        var options = TestGateway.Options(upstream.Url, _folder["home"]);
        var home = new TdaHome(_folder["home"]);
        await using (var gateway = await GatewayServer.StartAsync(options))
        {
            await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest);
            await gateway.DrainedAsync();
            Array.ForEach(Directory.GetFiles(home.Root, Path.GetFileName(home.DatabasePath) + "*"), File.Delete);
            if (another)
            {
                await using var begun = await ExchangeStore.OpenAsync(home);
            }

            Assert.StartsWith("HTTP/1.1 200", await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest), StringComparison.Ordinal);

            Assert.Equal("degraded", gateway.Health.Status);
            Assert.Contains(gateway.Health.Reasons, reason => reason.Contains("moved or removed", StringComparison.Ordinal));
            await gateway.StopAsync();
            Assert.Equal((1, 1), (gateway.Counts.Recorded, gateway.Counts.Pending));
        }

        await using (var next = await GatewayServer.StartAsync(options))
        {
            await next.DrainedAsync();
            Assert.Equal("ok", next.Health.Status);
        }

        // The first one too: it was still in the segment in use.
        await using var store = await ExchangeStore.OpenAsync(home);
        Assert.Equal(2, (await store.CountAsync(ExchangeFilter.All)).Total);
    }

    [Fact]
    public async Task Post_SpoolRemoved_ToldAndNothingIsForwardedUnrecorded()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await GatewayServer.StartAsync(TestGateway.Options(upstream.Url, _folder["home"]));
        await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest);
        await gateway.DrainedAsync();

        Directory.Delete(new TdaHome(_folder["home"]).SpoolDirectory, recursive: true);
        await Eventually.TrueAsync(() => gateway.Health.Status == "refusing", TimeSpan.FromSeconds(30));

        Assert.StartsWith("HTTP/1.1 503", await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest), StringComparison.Ordinal);
        Assert.Contains(gateway.Health.Reasons, reason => reason.Contains("moved or removed", StringComparison.Ordinal));
        Assert.Single(upstream.Requests);
        await gateway.StopAsync();
        Assert.Equal((1, 0), (gateway.Counts.Recorded, gateway.Counts.Unexplained));
    }
}
