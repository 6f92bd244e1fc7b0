using System.IO.Compression;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Faults;

/// <summary>Small bodies that unpack to gigabytes: passed on, and kept as they came.</summary>
public class DecompressionBombTests
{
    // Parsing and redaction unpacked such an answer of 660 bytes in 30 s and 4 GB.
    [Fact]
    public async Task Post_AnswerIsABombPackedTwice_ForwardedAndKeptPackedWithTheReason()
    {
        var bomb = Gzip(Gzip(new byte[256 << 20]));
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip, gzip\r\nContent-Length: {bomb.Length}\r\n\r\n");
            await request.SendAsync(bomb);
        });
        await using var gateway = await TestGateway.StartAsync(upstream);

        var answer = await WireAnswer.PostAsync(gateway.Url, "/v1/chat/completions", Encoding.UTF8.GetBytes(Samples.ChatRequest));
        var exchange = await gateway.StopAndReadOneAsync();

        Assert.Equal(bomb, answer.Body);
        Assert.Equal(bomb, exchange.ResponseBody.Bytes);
        Assert.False(exchange.ResponseBody.Unpacked);
        Assert.Contains("it is kept packed", exchange.ParseError, StringComparison.Ordinal);
    }

    private static byte[] Gzip(byte[] content)
    {
        var packed = new MemoryStream();
        using (var packing = new GZipStream(packed, CompressionLevel.Optimal))
        {
            packing.Write(content);
        }

        return packed.ToArray();
    }
}
