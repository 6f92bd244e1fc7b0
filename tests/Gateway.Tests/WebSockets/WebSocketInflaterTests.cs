using System.IO.Compression;
using System.Net.WebSockets;
using Tda.Gateway.WebSockets;

namespace Tda.Gateway.Tests.WebSockets;

/// <summary>Messages that the framework's own WebSocket packs.</summary>
public class WebSocketInflaterTests
{
    private const int Limit = 4 << 20;

    [Theory]
    [InlineData(true, 15)]
    [InlineData(true, 9)]
    [InlineData(false, 15)]
    public async Task TryInflate_PackedByTheFramework_SameMessages(bool keepsContext, int windowBits)
    {
        var random = new Random(20_261_130);
        var messages = Enumerable.Range(0, 60).Select(i => Encoding.UTF8.GetBytes(string.Concat(
            Enumerable.Range(0, random.Next(i % 10 == 0 ? 20_000 : 40)).Select(_ => $"{{\"type\":\"response.output_text.delta\",\"n\":{random.Next(50)}}}")))).ToArray();
        var wire = new WireStream();
        using var socket = WebSocket.CreateFromStream(wire, new WebSocketCreationOptions
        {
            IsServer = true,
            DangerousDeflateOptions = new() { ServerContextTakeover = keepsContext, ServerMaxWindowBits = windowBits },
        });
        foreach (var message in messages)
        {
            // In several frames, as a server that streams them sends them.
            await socket.SendAsync(message.AsMemory(0, message.Length / 2), WebSocketMessageType.Text, endOfMessage: false, CancellationToken.None);
            await socket.SendAsync(message.AsMemory(message.Length / 2), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }

        var (_, inflater) = WebSocketInflater.Agreed(keepsContext ? "permessage-deflate" : "permessage-deflate; server_no_context_takeover", Limit);
        Assert.Equal(messages, Inflate(inflater!, wire.ToArray()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("x-webkit-deflate-frame")]
    [InlineData("permessage-deflate, x-other")]
    public void Agreed_NoOrOtherExtensions_None(string? extensions) => Assert.Equal((null, null), WebSocketInflater.Agreed(extensions, Limit));

    [Fact]
    public void TryInflate_AMillionTimesItsLength_KeptPacked()
    {
        var bomb = Pack(new byte[3 << 20]);
        var (client, _) = WebSocketInflater.Agreed("permessage-deflate; client_no_context_takeover", Limit);

        Assert.False(client!.TryInflate(bomb, out _));
        Assert.True(client.TryInflate(Pack("next"u8), out var next));
        Assert.Equal("next"u8.ToArray(), next.ToArray());
    }

    [Fact]
    public void TryInflate_Corrupt_KeptPackedAndSoIsAllThatRefersToIt()
    {
        var (client, upstream) = WebSocketInflater.Agreed("Permessage-Deflate; client_no_context_takeover", Limit);

        Assert.False(upstream!.TryInflate([0xFF, 0xFF, 0xFF], out _));
        Assert.False(upstream.TryInflate(Pack("next"u8), out _));
        Assert.False(client!.TryInflate([0xFF, 0xFF, 0xFF], out _));
        Assert.True(client.TryInflate(Pack("next"u8), out _));
    }

    [Fact]
    public void TryInflate_LastBlock_ItsMessageAndNothingMoreOfThatContext()
    {
        // RFC 7692, 7.2.3.4: "Hello" in a block marked as the last, and the octet that ends it.
        byte[] hello = [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00];
        var (client, _) = WebSocketInflater.Agreed("permessage-deflate", Limit);

        Assert.True(client!.TryInflate(hello, out var plain));
        Assert.Equal("Hello"u8.ToArray(), plain.ToArray());
        Assert.False(client.TryInflate(hello, out _));
    }

    /// <summary>A message of its own: what follows the last block's beginning goes without the four bytes that end a flush.</summary>
    internal static byte[] Pack(ReadOnlySpan<byte> message)
    {
        using var packed = new MemoryStream();
        using var deflate = new DeflateStream(packed, CompressionLevel.Optimal);
        deflate.Write(message);
        deflate.Flush();
        var bytes = packed.ToArray();
        Assert.Equal([0x00, 0x00, 0xFF, 0xFF], bytes[^4..]);
        return bytes[..^4];
    }

    private static List<byte[]> Inflate(WebSocketInflater inflater, byte[] wire)
    {
        var reader = new WebSocketFrameReader(compressed: true, Limit);
        var messages = new List<byte[]>();
        ReadOnlySpan<byte> rest = wire;
        while (reader.TryRead(ref rest, out var one))
        {
            var plain = one.Payload;
            Assert.True(!one.Packed || inflater.TryInflate(one.Payload, out plain), $"message {messages.Count} of {one.Length} bytes was not unpacked");
            messages.Add(plain.ToArray());
        }

        return messages;
    }

    /// <summary>Takes what a socket sends, and never brings anything.</summary>
    private sealed class WireStream : MemoryStream
    {
        public override bool CanSeek => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(Task.Delay(System.Threading.Timeout.Infinite, cancellationToken).ContinueWith(_ => 0, TaskScheduler.Default));
    }
}
