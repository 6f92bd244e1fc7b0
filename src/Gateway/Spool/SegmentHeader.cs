using System.Buffers.Binary;
using Tda.Core.Artifacts;

namespace Tda.Gateway.Spool;

/// <summary>The first 64 bytes of a segment file: magic, version, salt, number, session and checksum.</summary>
/// <remarks>Keep in sync with docs/formats.md, Spool.</remarks>
internal readonly record struct SegmentHeader(uint Salt, long Number, Guid Session)
{
    public const int Size = 64;
    public const uint Version = 1;

    private const int CrcOffset = 40;

    private static ReadOnlySpan<byte> Magic => "TDASPOOL"u8;

    /// <summary>The header of a session's segment; its salt follows from both.</summary>
    public static SegmentHeader Of(Guid session, long number)
    {
        Span<byte> seed = stackalloc byte[24];
        session.TryWriteBytes(seed);
        BinaryPrimitives.WriteInt64LittleEndian(seed[16..], number);
        return new(Crc32C.Finish(Crc32C.Add(Crc32C.Start, seed)), number, session);
    }

    public void Write(Span<byte> bytes)
    {
        bytes[..Size].Clear();
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], Salt);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], Number);
        Session.TryWriteBytes(bytes[24..]);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[CrcOffset..], Crc32C.Finish(Crc32C.Add(Crc32C.Start, bytes[..CrcOffset])));
    }

    /// <summary>Reads a header.</summary>
    /// <exception cref="InvalidDataException">It is none, or damaged, or of a newer version; the message says which.</exception>
    public static SegmentHeader Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Size || !bytes.StartsWith(Magic))
        {
            throw new InvalidDataException("this is no spool segment");
        }

        var version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (version != Version)
        {
            throw new InvalidDataException($"the segment has version {version}, and this program knows version {Version}");
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[CrcOffset..]) != Crc32C.Finish(Crc32C.Add(Crc32C.Start, bytes[..CrcOffset])))
        {
            throw new InvalidDataException("the segment's header is damaged");
        }

        return new(
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            new Guid(bytes[24..CrcOffset]));
    }
}
