using System.Buffers.Binary;
using System.IO.Hashing;

namespace Tda.Gateway.Spool;

/// <summary>
/// The 24 bytes before every payload: magic, CRC-32 of all that follows it, payload length, type, and the frame's number, which
/// grows by one from frame to frame of a session. Frames begin at multiples of 8.
/// </summary>
/// <remarks>Keep in sync with docs/formats.md, Spool.</remarks>
internal readonly record struct FrameHeader(uint Crc, uint Length, FrameType Type, long Number)
{
    public const int Size = 24;
    public const int Alignment = 8;
    public const uint Magic = 0x4D524654; // "TFRM"

    private const int CrcOffset = 4;
    private const int CheckedOffset = 8;

    /// <summary>Bytes that the frame takes in the segment, padding included.</summary>
    public long TotalSize => Align(Size + (long)Length);

    public static long Align(long size) => (size + Alignment - 1) & ~(long)(Alignment - 1);

    /// <summary>Writes a header whose checksum is still to come.</summary>
    public static void Write(Span<byte> header, int payloadLength, FrameType type, long number)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(header[CheckedOffset..], (uint)payloadLength);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], (uint)type);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], number);
    }

    /// <summary>Begins a frame's checksum: the segment's salt, so that a frame of another segment fails, then the header's bytes.</summary>
    public static void Begin(Crc32 crc, ReadOnlySpan<byte> header, uint salt)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, salt);
        crc.Reset();
        crc.Append(bytes);
        crc.Append(header[CheckedOffset..Size]);
    }

    public static void WriteCrc(Span<byte> header, uint crc) => BinaryPrimitives.WriteUInt32LittleEndian(header[CrcOffset..], crc);

    /// <summary>Reads a header; null when the magic is missing or the type unknown.</summary>
    public static FrameHeader? Read(ReadOnlySpan<byte> header)
    {
        var type = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        return BinaryPrimitives.ReadUInt32LittleEndian(header) == Magic && type is >= (uint)FrameType.Exchange and <= (uint)FrameType.RequestPiece
            ? new(
                BinaryPrimitives.ReadUInt32LittleEndian(header[CrcOffset..]),
                BinaryPrimitives.ReadUInt32LittleEndian(header[CheckedOffset..]),
                (FrameType)type,
                BinaryPrimitives.ReadInt64LittleEndian(header[16..]))
            : null;
    }
}

/// <summary>What a frame of the spool holds. The numbers stand in files: never change one.</summary>
internal enum FrameType : byte
{
    /// <summary>A settled exchange with both bodies.</summary>
    Exchange = 1,

    /// <summary>An exchange still under way, as far as it had come.</summary>
    Open = 2,

    /// <summary>More of the response of an exchange under way.</summary>
    Piece = 3,

    /// <summary>The session with its counters.</summary>
    Session = 4,

    /// <summary>More of the request of an exchange under way: of a WebSocket, the client's messages.</summary>
    RequestPiece = 5,
}

/// <summary>A frame as read; the payload is valid until the next read.</summary>
internal readonly record struct SpoolFrame(FrameType Type, long Number, ReadOnlyMemory<byte> Payload);
