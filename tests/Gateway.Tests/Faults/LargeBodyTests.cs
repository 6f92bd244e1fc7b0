using System.Security.Cryptography;
using Tda.Gateway.Capture;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Faults;

/// <summary>Bodies of many megabytes: passed on and recorded, and held once only.</summary>
public class LargeBodyTests
{
    private const int ImageBytes = 37 << 20; // 50 MB in base64

    [Fact]
    public async Task Post_FiftyMegabytesOfBase64_UpstreamGetsThemAndTheyAreRecordedWithTheirHash()
    {
        var body = ImageRequest();
        string? seen = null;
        await using var upstream = new ScriptedUpstream(async request =>
        {
            seen = Hash(request.Body);
            await request.SendAsync(Samples.Json(Samples.Chat));
        });
        await using var gateway = await TestGateway.StartAsync(upstream);

        var answer = await WireAnswer.PostAsync(gateway.Url, "/v1/chat/completions", body);
        await gateway.Server.DrainedAsync();

        Assert.Equal((Hash(body), Samples.Chat), (seen, Encoding.UTF8.GetString(answer.Body)));
        TestGateway.AssertAllRecorded(1, gateway.Server.Counts);
        var exchange = await gateway.StopAndReadOneAsync();
        OneCall.AssertRecorded(body, exchange.RequestBody);
        Assert.Equal((TerminalState.Complete, null, Samples.Answer), (exchange.State, exchange.ParseError, exchange.Response));
    }

    [Fact]
    public void Append_LongBody_AllocatesInProportionAndHashesAllOfIt()
    {
        var piece = new byte[64 << 10];
        new Random(5).NextBytes(piece);
        const int Pieces = 800;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var capture = new BodyCapture(64 << 20, new MemoryBudget(1L << 30));
        for (var i = 0; i < Pieces; i++)
        {
            capture.Append(piece);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        for (var i = 0; i < Pieces; i++)
        {
            hash.AppendData(piece);
        }

        // Twice as much each time, from a start of some KiB.
        Assert.InRange(allocated, 0, 3L * piece.Length * Pieces);
        Assert.Equal((long)piece.Length * Pieces, capture.Length);
        Assert.Equal(Convert.ToHexStringLower(hash.GetHashAndReset()), capture.Sha256());
    }

    [Fact]
    public async Task Post_LongBodiesAnnouncedAndNotSent_TakeNoMemory()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var clients = new List<RawClient>();
        try
        {
            for (var i = 0; i < 40; i++)
            {
                clients.Add(await RawClient.ConnectAsync(gateway.Url));
                await clients[^1].SendAsync($"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Length: {64 << 20}\r\n\r\n{{\"model\":");
            }

            while (gateway.Server.Counts.InFlight < clients.Count)
            {
                await Task.Delay(10);
            }

            // 40 × 64 MiB were announced.
            Assert.InRange(GC.GetTotalMemory(forceFullCollection: false) - before, long.MinValue, 200L << 20);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    private static byte[] ImageRequest()
    {
        var image = new byte[ImageBytes];
        new Random(17).NextBytes(image);
        return Encoding.UTF8.GetBytes(
            """{"model":"m-1","messages":[{"role":"user","content":[{"type":"text","text":"What is it?"},"""
            + """{"type":"image_url","image_url":{"url":"data:image/png;base64,""" + Convert.ToBase64String(image) + "\"}}]}]}");
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
