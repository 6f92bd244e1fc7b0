using System.IO.Compression;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Tda.Core.Artifacts;

/// <summary>
/// Reads files that may be compressed by gzip or zstd; the first bytes tell, not the name. See <see cref="CheckedGzipStream"/> and
/// <see cref="CheckedZstdStream"/>.
/// </summary>
internal static class CompressedFile
{
    public static Stream OpenRead(string path)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            Span<byte> magic = stackalloc byte[4];
            var read = file.ReadAtLeast(magic, 4, throwOnEndOfStream: false);
            file.Position = 0;
            return magic[..read] switch
            {
                [0x1f, 0x8b, ..] => new CheckedGzipStream(file),
                [0x28, 0xb5, 0x2f, 0xfd] or [>= 0x50 and <= 0x5f, 0x2a, 0x4d, 0x18] => new CheckedZstdStream(file), // the latter: a skippable frame
                _ when path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) =>
                    throw new BadInputException(path, "is not a gzip file: the first bytes aren't 1f 8b", 0),
                _ when path.EndsWith(".zst", StringComparison.OrdinalIgnoreCase) =>
                    throw new BadInputException(path, "is not a zstd file: the first bytes aren't 28 b5 2f fd", 0),
                _ => file,
            };
        }
        catch (Exception error)
        {
            file?.Dispose();
            if (error is IOException or UnauthorizedAccessException)
            {
                throw file is null
                    ? new BadInputException(path, FileFault.Describe(path, error), inner: error)
                    : new BadInputException(path, $"can't be read: {error.Message}", 0, inner: error);
            }

            throw;
        }
    }

    /// <summary>Bytes of the file, as it lies on the disk, that were read through <paramref name="stream"/>.</summary>
    public static long Position(Stream stream) => stream is DecompressingStream packed ? packed.CompressedPosition : stream.Position;

    /// <summary>
    /// What compresses on the way into a file whose name ends in <c>.gz</c> or <c>.zst</c>, and leaves the file open; null for other names.
    /// </summary>
    public static Stream? Compressing(string path, Stream file) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".gz" => new GzipBlocksStream(file),
        ".zst" => Zstd(file),
        _ => null,
    };

    private static CompressionStream Zstd(Stream file)
    {
        var zstd = new CompressionStream(file, leaveOpen: true);
        zstd.SetParameter(ZSTD_cParameter.ZSTD_c_checksumFlag, 1); // as the program zstd does: else damage may be read as text
        return zstd;
    }

    /// <summary>Reads into <paramref name="buffer"/>; an I/O or format error names path and offset.</summary>
    public static int Read(string path, Stream stream, Span<byte> buffer, long offset)
    {
        try
        {
            return stream.Read(buffer);
        }
        catch (InvalidDataException error)
        {
            throw new BadInputException(path, error.Message, offset, "Fetch or make the file again.", error);
        }
        catch (IOException error)
        {
            throw new BadInputException(path, $"can't be read: {error.Message}", offset, inner: error);
        }
    }
}

/// <summary>Decompresses a file from its beginning to its end.</summary>
internal abstract class DecompressingStream(Stream compressed, string format) : ReadOnlyStream
{
    /// <summary>Bytes of the compressed file that were read.</summary>
    public long CompressedPosition => compressed.Position;

    /// <exception cref="InvalidDataException">The data is corrupt or truncated; the message says of which format.</exception>
    public sealed override int Read(Span<byte> buffer)
    {
        try
        {
            return Decompress(buffer);
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or ZstdException)
        {
            throw new InvalidDataException($"the {format} data is truncated or corrupt: {error.Message}", error);
        }
    }

    protected abstract int Decompress(Span<byte> buffer);
}

/// <summary>Decompresses zstd (RFC 8878), also several frames one after the other, and notices truncation.</summary>
internal sealed class CheckedZstdStream(Stream compressed) : DecompressingStream(compressed, "zstd")
{
    // Windows up to the library's default of 128 MiB are read: what a frame asks for is allocated before a byte of it is checked.
    private readonly DecompressionStream _zstd = new(compressed, checkEndOfStream: true, leaveOpen: false);

    protected override int Decompress(Span<byte> buffer) => _zstd.Read(buffer);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _zstd.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>
/// Decompresses gzip and notices truncation. .NET's GZipStream takes a truncated file for a short one (unless a
/// process-wide switch is set before its first use), and silently losing the end of a corpus would be worse than an
/// error. So a gzip member with a known content is appended to the input: gzip files may be concatenated, and only when
/// all that went before was complete does the output end with that content.
/// </summary>
internal sealed class CheckedGzipStream(Stream compressed) : DecompressingStream(compressed, "gzip")
{
    // All zeros compress to a back-reference, so that the mark can't appear in the output by being copied from a stored block.
    private static readonly byte[] Mark = new byte[64];
    private static readonly byte[] MarkMember = Compress(Mark);

    private readonly GZipStream _gzip = new(new AppendedStream(compressed, MarkMember), CompressionMode.Decompress);
    private readonly byte[] _held = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _ended;

    protected override int Decompress(Span<byte> buffer)
    {
        // The last Mark.Length bytes are held back: they are the mark, or the proof of a truncation.
        while (!_ended && _end - _start <= Mark.Length)
        {
            Fill();
        }

        var available = Math.Min(buffer.Length, _end - _start - (_ended ? 0 : Mark.Length));
        _held.AsSpan(_start, available).CopyTo(buffer);
        _start += available;
        return available;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _gzip.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Fill()
    {
        _held.AsSpan(_start, _end - _start).CopyTo(_held);
        _end -= _start;
        _start = 0;
        var read = _gzip.Read(_held.AsSpan(_end));
        _end += read;
        if (read > 0)
        {
            return;
        }

        if (!_held.AsSpan(0, _end).SequenceEqual(Mark))
        {
            throw new InvalidDataException("it ends too early, or something else than gzip data follows it.");
        }

        _ended = true;
        _end = 0;
    }

    private static byte[] Compress(byte[] content)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return compressed.ToArray();
    }

    /// <summary>A stream, then some bytes more.</summary>
    private sealed class AppendedStream(Stream first, byte[] rest) : ReadOnlyStream
    {
        private int _position;

        public override int Read(Span<byte> buffer)
        {
            var read = _position == 0 ? first.Read(buffer) : 0;
            if (read > 0 || buffer.IsEmpty)
            {
                return read;
            }

            read = Math.Min(buffer.Length, rest.Length - _position);
            rest.AsSpan(_position, read).CopyTo(buffer);
            _position += read;
            return read;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                first.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}

/// <summary>A stream that is only read, from its beginning to its end. Implements the unsupported members of Stream in one place.</summary>
public abstract class ReadOnlyStream : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public abstract override int Read(Span<byte> buffer);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>A stream that is only written, from its beginning to its end. Implements the unsupported members of Stream in one place.</summary>
public abstract class WriteOnlyStream : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public abstract override void Write(ReadOnlySpan<byte> buffer);

    public abstract override void Flush();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
