using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Tda.Gateway.Protocols;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Protocols;

public class BlobTextTests
{
    [Theory]
    [InlineData("data:image/png;base64,", 5_000, true)]
    [InlineData("", 5_000, true)]
    [InlineData("", 4_000, false)]
    [InlineData("not base64: ", 5_000, false)]
    [InlineData("data:text/plain,", 5_000, false)]
    public void Of_LongString_ReplacedIfBinary(string start, int length, bool replaced)
    {
        var blob = start + new string('A', length);
        var text = BlobText.Of(Encoding.UTF8.GetBytes($$"""[{"type":"text","text":"é"},{"image":"{{blob}}" }]"""));

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(blob)));
        var expected = replaced ? $"tda-blob:sha256:{hash};length={blob.Length}" : blob;
        Assert.Equal(expected, (string?)JsonNode.Parse(text)![1]!["image"]);
        Assert.Equal("é", (string?)JsonNode.Parse(text)![0]!["text"]);
    }

    [Theory]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":[{"type":"text","text":"what?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,BLOB"}}]}]}""")]
    [InlineData("/v1/responses", """{"input":[{"role":"user","content":[{"type":"input_text","text":"what?"},{"type":"input_image","image_url":"data:image/png;base64,BLOB"}]}]}""")]
    [InlineData("/v1/messages", """{"messages":[{"role":"user","content":[{"type":"text","text":"what?"},{"type":"image","source":{"type":"base64","data":"BLOB"}}]}]}""")]
    public void Apply_FiftyMegabytesInARequest_ParsedWithoutHoldingThemAgain(string route, string request)
    {
        var blob = new byte[50 << 20];
        Array.Fill(blob, (byte)'A');
        var parts = request.Split("BLOB");
        byte[] body = [.. Encoding.UTF8.GetBytes(parts[0]), .. blob, .. Encoding.UTF8.GetBytes(parts[1])];
        var raw = RawExchange.Of(route, body, []) with { Status = 500 };

        var before = GC.GetAllocatedBytesForCurrentThread();
        var parsed = ExchangeParser.Apply(raw);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(allocated < 0.2 * body.Length, $"{allocated} bytes were allocated for a body of {body.Length}");
        Assert.Null(parsed.ParseError);
        var message = Assert.Single(parsed.Messages!);
        Assert.Equal("what?", message.Content);
        Assert.InRange(message.RawContent!.Length, 100, 400);
        Assert.Contains("tda-blob:sha256:", message.RawContent, StringComparison.Ordinal);
    }
}
