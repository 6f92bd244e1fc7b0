using System.IO.Compression;

namespace Tda.Core.Artifacts;

/// <summary>
/// Decompresses gzip and notices truncation. .NET's GZipStream takes a truncated file for a short one (unless a
/// process-wide switch is set before its first use), and silently losing the end of a corpus would be worse than an
/// error. So a gzip member with a known content is appended to the input: gzip files may be concatenated, and only when
/// all that went before was complete does the output end with that content.
/// </summary>
internal sealed class CheckedGzipStream : ReadOnlyStream
{
    // All zeros compress to a back-reference, so that the mark can't appear in the output by being copied from a stored block.
    private static readonly byte[] Mark = new byte[64];
    private static readonly byte[] MarkMember = Compress(Mark);

    private readonly GZipStream _gzip;
    private readonly byte[] _held = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _ended;

    public CheckedGzipStream(Stream compressed)
    {
        _gzip = new GZipStream(new AppendedStream(compressed, MarkMember), CompressionMode.Decompress);
    }

    /// <exception cref="InvalidDataException">The data is corrupt, truncated, or followed by something else than gzip.</exception>
    public override int Read(Span<byte> buffer)
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
