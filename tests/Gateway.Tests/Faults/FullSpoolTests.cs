using System.Net;
using Tda.Gateway.Spool;
using Tda.Gateway.Tests.Support;
using Tda.Store;
using Tda.Store.Verification;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Faults;

/// <summary>A disk without space: the policy decides, and it is counted.</summary>
public sealed class FullSpoolTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Post_DiskFullRefuse_503InTheProvidersShapeUntilThereIsSpaceAndNothingIsLost()
    {
        await using var disk = await SmallDisk.MountAsync(_folder["disk"], kilobytes: 2048);
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat + new string(' ', 20_000)));
        var ballast = Path.Combine(disk.Path, "ballast");
        var (answered, refused) = (0, 0);
        var logs = new CapturedLogs();
        await using (var gateway = await StartAsync(upstream.Url, disk, SpoolFullPolicy.Refuse, logs))
        {
            await File.WriteAllBytesAsync(ballast, new byte[900 << 10]);
            using var http = new HttpClient { BaseAddress = gateway.Url };
            while (refused == 0)
            {
                using var answer = await PostAsync(http, "/v1/messages");
                if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
                {
                    refused++;
                    Assert.Contains("overloaded_error", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
                    Assert.NotNull(answer.Headers.RetryAfter);
                }
                else
                {
                    Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                    answered++;
                }
            }

            // Whoever reads the log learns it once, not with each request.
            using var second = await PostAsync(http, "/v1/messages");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
            Assert.Single(logs.Lines, line => line.Contains("requests are refused", StringComparison.Ordinal));
            Assert.Equal("refusing", gateway.Health.Status);
            Assert.Equal((0, 0), (gateway.Counts.Dropped, gateway.Counts.Unexplained));

            File.Delete(ballast);
            await Eventually.HoldsAsync(async () =>
            {
                using var answer = await PostAsync(http, "/v1/chat/completions");
                answered += answer.StatusCode == HttpStatusCode.OK ? 1 : 0;
                return answer.StatusCode == HttpStatusCode.OK;
            });
            await gateway.DrainedAsync();
        }

        await using var store = await ExchangeStore.OpenAsync(new TdaHome(Path.Combine(disk.Path, "home")));
        Assert.Equal(answered, (await store.CountAsync(ExchangeFilter.All)).Total);
        Assert.True((await ExchangeVerifier.VerifyAsync(store)).Passed);
    }

    [Fact]
    public async Task Post_DiskFullPassUnrecorded_ClientsAreServedAndEachDropIsDeclared()
    {
        await using var disk = await SmallDisk.MountAsync(_folder["disk"], kilobytes: 2048);
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat + new string(' ', 20_000)));
        await using var gateway = await StartAsync(upstream.Url, disk, SpoolFullPolicy.PassUnrecorded);
        await File.WriteAllBytesAsync(Path.Combine(disk.Path, "ballast"), new byte[900 << 10]);
        using var http = new HttpClient { BaseAddress = gateway.Url };
        var forwarded = 0;
        while (gateway.Counts.Dropped < 3)
        {
            using var answer = await PostAsync(http, "/v1/chat/completions");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            forwarded++;
        }

        var counts = gateway.Counts;
        Assert.Equal((forwarded, 3, 0, 0), (counts.Forwarded, counts.Drops["spool_full"], counts.InFlight, counts.Unexplained));
        Assert.Equal("degraded", gateway.Health.Status);
    }

    private static Task<GatewayServer> StartAsync(string upstream, SmallDisk disk, SpoolFullPolicy policy, CapturedLogs? logs = null) =>
        GatewayServer.StartAsync(TestGateway.Options(upstream, Path.Combine(disk.Path, "home"), options => options with
        {
            Spool = new() { SegmentBytes = 64 << 10, WhenFull = policy },
        }), logs);

    private static async Task<HttpResponseMessage> PostAsync(HttpClient http, string path)
    {
        using var content = new StringContent(Samples.ChatRequest, System.Text.Encoding.UTF8, "application/json");
        return await http.PostAsync(new Uri(path, UriKind.Relative), content);
    }
}
