using System.IO.Compression;
using Tda.Gateway.Protocols;
using Tda.Gateway.Tests.Support;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Tda.Gateway.Tests.Protocols;

public class ContentDecoderTests
{
    public static TheoryData<string> Codings => ["gzip", "x-gzip", "deflate", "br", "zstd", "raw deflate"];

    [Theory]
    [MemberData(nameof(Codings))]
    public void Decode_Packed_TheContent(string coding)
    {
        var content = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Samples.ChatStream, 50)));

        var decoded = ContentDecoder.Decode(Pack(coding, content), Header(coding));

        Assert.Equal(((string?)null, content.Length), (decoded.Error, decoded.Bytes.Length));
        Assert.Equal(content, decoded.Bytes.ToArray());
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public void Decode_EndsEarly_WhatThereIsAndTheReason(string coding)
    {
        var content = new byte[200_000];
        new Random(1).NextBytes(content);
        var packed = Pack(coding, content);

        var decoded = ContentDecoder.Decode(packed[..(packed.Length / 2)], Header(coding));

        Assert.True(decoded.Bytes.Length is > 0 and < 200_000, $"{decoded.Bytes.Length} bytes came out");
        Assert.Equal(content[..decoded.Bytes.Length], decoded.Bytes.ToArray());
        Assert.NotNull(decoded.Error);
        Assert.NotNull(ContentDecoder.Decode(packed[..^1], Header(coding)).Error);
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public void Decode_MoreThanTheLimit_NothingAndTheReason(string coding)
    {
        var decoded = ContentDecoder.Decode(Pack(coding, new byte[1 << 20]), Header(coding), limit: 1000);

        Assert.True(decoded.Bytes.IsEmpty);
        Assert.Contains("more than 1000 bytes", decoded.Error, StringComparison.Ordinal);
    }

    // 256 MiB came out of 660 bytes, twice: 30 s and 4 GB for one request.
    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("zstd")]
    public void Decode_BombPackedTwice_EndsAtOnceInLittleMemory(string coding)
    {
        var bomb = Pack(coding, Pack(coding, new byte[256 << 20]));
        Assert.InRange(bomb.Length, 1, 100_000);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var decoded = ContentDecoder.Decode(bomb, $"{coding}, {coding}");

        Assert.True(decoded.Bytes.IsEmpty);
        Assert.Contains("it is kept packed", decoded.Error, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100 << 20);
    }

    [Fact]
    public void Decode_RepetitiveStreamOfUsualRatio_AllOfIt()
    {
        // What the ratio must let pass: a long answer of small, alike events.
        var content = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 40_000).Select(i =>
            $"data: {{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{i % 97}\"}}}}]}}\n\n")));

        var decoded = ContentDecoder.Decode(Pack("gzip", content), "gzip");

        Assert.Null(decoded.Error);
        Assert.Equal(content, decoded.Bytes.ToArray());
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    [InlineData("lzma")]
    [InlineData("gzip,gzip,gzip")]
    public void Decode_Corrupt_TheReason(string encoding) =>
        Assert.NotNull(ContentDecoder.Decode(new byte[] { 0xFF, 0xFE, 1, 2, 3, 4, 5, 6, 7, 8, 9 }, encoding).Error);

    // Its window is the memory that the decoder takes before a byte has come out.
    [Fact]
    public void Decode_ZstdThatAsksForAHugeWindow_TheReason()
    {
        var content = new byte[1 << 20];
        new Random(3).NextBytes(content);
        var packed = new MemoryStream();
        using (var packing = new CompressionStream(packed))
        {
            packing.SetParameter(ZSTD_cParameter.ZSTD_c_windowLog, 27);
            packing.Write(content);
        }

        var decoded = ContentDecoder.Decode(packed.ToArray(), "zstd");

        Assert.Equal((DecodingEnd.Damaged, 0), (decoded.End, decoded.Bytes.Length));
        Assert.Contains("corrupt", decoded.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_PackedTwice_UnpackedTwice() => Assert.Equal(
        "twice"u8.ToArray(), ContentDecoder.Decode(Pack("br", Pack("gzip", "twice"u8.ToArray())), "gzip, br").Bytes.ToArray());

    [Fact]
    public void Decode_GzipOfTwoMembers_BothAndNoError()
    {
        byte[] packed = [.. Pack("gzip", "one "u8.ToArray()), .. Pack("gzip", "and two"u8.ToArray())];

        Assert.Null(ContentDecoder.Decode(packed, "gzip").Error);
        Assert.Equal("one and two"u8.ToArray(), ContentDecoder.Decode(packed, "gzip").Bytes.ToArray());
        Assert.NotNull(ContentDecoder.Decode(packed[..^3], "gzip").Error);
    }

    [Fact]
    public void Apply_PackedAnswer_Parsed()
    {
        var raw = RawExchange.Of("/v1/chat/completions", Encoding.UTF8.GetBytes(Samples.StreamRequest), Pack("zstd", Encoding.UTF8.GetBytes(Samples.ChatStream)), streamed: true);

        var parsed = ExchangeParser.Apply(raw with { ResponseHeaders = [new("Content-Encoding", "zstd")] }, out var firstContent);

        Assert.Equal((Samples.Answer, null, null), (parsed.Response, parsed.ParseError, firstContent));
    }

    private static string Header(string coding) => coding == "raw deflate" ? "deflate" : coding;

    private static byte[] Pack(string coding, byte[] content)
    {
        var packed = new MemoryStream();
        using (Stream packing = coding switch
        {
            "gzip" or "x-gzip" => new GZipStream(packed, CompressionLevel.Fastest),
            "deflate" => new ZLibStream(packed, CompressionLevel.Fastest),
            "raw deflate" => new DeflateStream(packed, CompressionLevel.Fastest),
            "br" => new BrotliStream(packed, CompressionLevel.Fastest),
            _ => new CompressionStream(packed),
        })
        {
            packing.Write(content);
        }

        return packed.ToArray();
    }
}
