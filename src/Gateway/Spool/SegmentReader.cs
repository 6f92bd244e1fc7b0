using System.Buffers.Binary;
using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;

namespace Tda.Gateway.Spool;

/// <summary>
/// Reads a segment's frames in order and checks each. What is damaged is passed over: the next place where a frame's magic, length
/// and checksum all hold is where reading goes on.
/// </summary>
internal sealed class SegmentReader : IDisposable
{
    /// <summary>The longest payload that can be read, and so the longest that is written.</summary>
    public const int MaxPayload = int.MaxValue - 64;

    private const int Window = 1 << 20;

    private readonly Crc32 _crc = new();
    private readonly SafeFileHandle _handle;
    private readonly string _path;
    private readonly SegmentHeader _header;
    private byte[] _buffer = new byte[Window];
    private long _bufferStart;
    private int _bufferLength;

    /// <exception cref="InvalidDataException">The file isn't a segment of this version, or its header is damaged.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public SegmentReader(string path)
    {
        _path = path;
        _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            Length = RandomAccess.GetLength(_handle);
            Span<byte> bytes = stackalloc byte[SegmentHeader.Size];
            var read = RandomAccess.Read(_handle, bytes, 0);
            _header = SegmentHeader.Read(bytes[..read]);
            Position = SegmentHeader.Size;
        }
        catch
        {
            _handle.Dispose();
            throw;
        }
    }

    public long Number => _header.Number;

    /// <summary>The file's size, reserved space included.</summary>
    public long Length { get; }

    /// <summary>Where the next frame is looked for.</summary>
    public long Position { get; set; }

    /// <summary>Where the last frame read begins.</summary>
    public long FrameStart { get; private set; }

    /// <summary>Reads a frame's payload once more.</summary>
    /// <param name="start">Its <see cref="FrameStart"/>.</param>
    /// <exception cref="IOException">It isn't there any more.</exception>
    public ReadOnlyMemory<byte> ReadAgain(long start) => TryReadAt(start, Length, out var frame, out _, out var problem)
        ? frame.Payload
        : throw new IOException($"{_path} changed while it was read: at byte {start} {problem}");

    /// <summary>Reads the next frame before a limit; false at the end. Damage on the way is added to the faults.</summary>
    public bool TryRead(long limit, List<SpoolFault> faults, out SpoolFrame frame)
    {
        limit = Math.Min(limit, Length);
        if (TryReadAt(Position, limit, out frame, out var size, out var problem))
        {
            FrameStart = Position;
            Position += size;
            return true;
        }

        if (problem is null)
        {
            return false;
        }

        // Damage, or the end of what was written: only looking on tells.
        var start = Position;
        for (var at = start + FrameHeader.Alignment; at + FrameHeader.Size <= limit; at += FrameHeader.Alignment)
        {
            at = NextMagic(at, limit);
            if (TryReadAt(at, limit, out frame, out size, out _))
            {
                faults.Add(new(_path, start, at - start, problem, Torn: false));
                FrameStart = at;
                Position = at + size;
                return true;
            }
        }

        if (!IsBlank(start, limit))
        {
            faults.Add(new(_path, start, limit - start, problem, Torn: true));
        }

        Position = limit;
        return false;
    }

    public void Dispose() => _handle.Dispose();

    private bool TryReadAt(long at, long limit, out SpoolFrame frame, out long size, out string? problem)
    {
        frame = default;
        size = 0;
        if (at + FrameHeader.Size > limit)
        {
            problem = null;
            return false;
        }

        var head = Bytes(at, FrameHeader.Size, limit);
        if (FrameHeader.Read(head.Span) is not { } header)
        {
            problem = "there is no frame";
            return false;
        }

        size = header.TotalSize;
        if (at + FrameHeader.Size + header.Length > limit || header.Length > MaxPayload)
        {
            problem = $"the frame tells of {header.Length} bytes, more than there are";
            return false;
        }

        var whole = Bytes(at, (int)(FrameHeader.Size + header.Length), limit);
        FrameHeader.Begin(_crc, whole.Span, _header.Salt);
        _crc.Append(whole.Span[FrameHeader.Size..]);
        if (_crc.GetCurrentHashAsUInt32() != header.Crc)
        {
            problem = "the frame's checksum does not match";
            return false;
        }

        frame = new(header.Type, header.Number, whole[FrameHeader.Size..]);
        problem = null;
        return true;
    }

    /// <summary>The next multiple of 8 where the magic stands, or the limit.</summary>
    private long NextMagic(long at, long limit)
    {
        while (at + FrameHeader.Size <= limit)
        {
            var span = Bytes(at, (int)Math.Min(Window, limit - at), limit).Span;
            for (var i = 0; i + sizeof(uint) <= span.Length; i += FrameHeader.Alignment)
            {
                if (BinaryPrimitives.ReadUInt32LittleEndian(span[i..]) == FrameHeader.Magic)
                {
                    return at + i;
                }
            }

            at += Window;
        }

        return limit;
    }

    private bool IsBlank(long start, long limit)
    {
        for (var at = start; at < limit; at += Window)
        {
            if (Bytes(at, (int)Math.Min(Window, limit - at), limit).Span.ContainsAnyExcept((byte)0))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Bytes of the file, through a window that is moved and enlarged as needed; it never reaches beyond the limit, since what
    /// stands there may still be written.
    /// </summary>
    private ReadOnlyMemory<byte> Bytes(long at, int count, long limit)
    {
        if (at < _bufferStart || at + count > _bufferStart + _bufferLength)
        {
            if (_buffer.Length < count)
            {
                _buffer = new byte[count];
            }

            _bufferStart = at;
            _bufferLength = 0;
            int read;
            var room = (int)Math.Min(_buffer.Length, limit - at);
            while (_bufferLength < room && (read = RandomAccess.Read(_handle, _buffer.AsSpan(_bufferLength, room - _bufferLength), at + _bufferLength)) > 0)
            {
                _bufferLength += read;
            }

            if (_bufferLength < count)
            {
                throw new IOException($"{_path} became shorter while it was read");
            }
        }

        return _buffer.AsMemory((int)(at - _bufferStart), count);
    }
}

/// <summary>A place in the spool that could not be read.</summary>
/// <param name="Path">The segment file.</param>
/// <param name="Offset">Bytes from its beginning.</param>
/// <param name="Length">Bytes passed over.</param>
/// <param name="Reason">What is wrong there.</param>
/// <param name="Torn">Whether nothing valid follows it in the file: a write that a crash cut short, which is no loss of what was acknowledged.</param>
public sealed record SpoolFault(string Path, long Offset, long Length, string Reason, bool Torn);
