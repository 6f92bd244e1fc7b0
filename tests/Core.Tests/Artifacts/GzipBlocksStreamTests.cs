using System.IO.Compression;

namespace Tda.Core.Tests.Artifacts;

public class GzipBlocksStreamTests
{
    private const int Block = 1 << 20;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Block - 1)]
    [InlineData(Block)]
    [InlineData(Block + 1)]
    [InlineData(9 * Block)]
    public void Write_PiecesOfAnySize_AreOneGzipFile(int length)
    {
        var random = SplitMix64.Of(1);
        byte[] bytes = [.. Enumerable.Range(0, length).Select(_ => (byte)random.NextInt(20))];

        var whole = Packed(bytes, length + 1);

        Assert.Equal(bytes, Unpacked(whole));
        Assert.Equal(whole, Packed(bytes, 777)); // how it was written can't be told from the bytes
    }

    [Fact]
    public void Write_OneBlock_IsWhatGzipMakesOfIt()
    {
        var bytes = "a few words, and a few words more"u8.ToArray();
        var plain = new MemoryStream();
        using (var gzip = new GZipStream(plain, new ZLibCompressionOptions { CompressionLevel = 3 }, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        Assert.Equal(plain.ToArray(), Packed(bytes, bytes.Length));
    }

    [Fact]
    public void Write_FullDisk_ThrowsAndLeavesTheFileOpen()
    {
        var file = new FullStream();
        var stream = new GzipBlocksStream(file);
        var block = new byte[Block];
        Assert.Throws<IOException>(() =>
        {
            // More blocks than may wait for their turn.
            for (var written = 0; written < 3 * Environment.ProcessorCount + 3; written++)
            {
                stream.Write(block);
            }
        });
        Assert.Throws<IOException>(stream.Dispose);
        stream.Dispose();
        Assert.True(file.CanWrite);
        Assert.Throws<ObjectDisposedException>(() => stream.Write([1]));
    }

    private static byte[] Packed(byte[] bytes, int piece)
    {
        var file = new MemoryStream();
        using (var stream = new GzipBlocksStream(file))
        {
            foreach (var part in bytes.Chunk(piece))
            {
                stream.Write(part);
            }
        }

        return file.ToArray();
    }

    private static byte[] Unpacked(byte[] packed)
    {
        using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        var bytes = new MemoryStream();
        gzip.CopyTo(bytes);
        return bytes.ToArray();
    }

    private sealed class FullStream : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("full");

        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("full");
    }
}
