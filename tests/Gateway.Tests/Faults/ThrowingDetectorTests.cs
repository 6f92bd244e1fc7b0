using System.Net;
using Tda.Core.Detection;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Faults;

/// <summary>A host's own detector of secrets that breaks its promise not to throw.</summary>
public sealed class ThrowingDetectorTests
{
    [Fact]
    public async Task Post_DetectorThrows_DeclaredDropAndTheNextIsRecorded()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(
            upstream, options => options with { Redaction = options.Redaction with { Custom = [new Detector()] } });
        using var http = new HttpClient { BaseAddress = gateway.Url };

        // Nothing of it could be masked, so nothing of it is kept; and an answer that is not in the log must not look whole.
        await Assert.ThrowsAsync<HttpRequestException>(() => PostAsync(http, "{\"a\":\"explosive\"}"));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(http, "{\"a\":\"harmless\"}"));

        await gateway.Server.DrainedAsync();
        var counts = gateway.Server.Counts;
        Assert.Equal((2, 1, 1, 0, 0), (counts.Forwarded, counts.Recorded, counts.Drops["spool_failed"], counts.InFlight, counts.Unexplained));
        Assert.Equal("{\"a\":\"harmless\"}"u8.ToArray(), (await gateway.StopAndReadOneAsync()).RequestBody.Bytes);
    }

    // The sweep that spools a long answer's progress met the detector's exception on a timer, which ended the process.
    [Fact]
    public async Task Post_DetectorThrowsInsideALongAnswer_TheGatewayGoesOn()
    {
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.BeginStreamAsync();
            await request.SendChunkAsync(Samples.Delta("explosive") + Samples.Delta("and on") + Samples.Delta("and on"));
            await Task.Delay(TimeSpan.FromSeconds(1.5));
            await request.SendChunkAsync("data: [DONE]\n\n");
            await request.EndChunksAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream, options => options with
        {
            Redaction = options.Redaction with { Custom = [new Detector()] },
            Spool = options.Spool with { OpenAfter = TimeSpan.FromMilliseconds(50) },
        });
        using var http = new HttpClient { BaseAddress = gateway.Url };

        await Assert.ThrowsAsync<HttpRequestException>(() => PostAsync(http, Samples.StreamRequest));

        using var alive = await http.GetAsync("/alive");
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        Assert.Equal((1, 0), (gateway.Server.Counts.Drops["spool_failed"], gateway.Server.Counts.InFlight));
    }

    private static async Task<HttpStatusCode> PostAsync(HttpClient http, string body)
    {
        using var content = new StringContent(body);
        using var answer = await http.PostAsync("/v1/chat/completions", content);
        await answer.Content.ReadAsByteArrayAsync();
        return answer.StatusCode;
    }

    private sealed class Detector : ISecretDetector
    {
        public string Name => "explosive";

        public void Find(ReadOnlySpan<byte> text, SecretSpans found)
        {
            if (text.IndexOf("explosive"u8) >= 0)
            {
                throw new InvalidOperationException("a detector that throws");
            }
        }
    }
}
