using System.Buffers.Binary;
using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;

namespace Tda.Gateway.Spool;

/// <summary>A segment being written: a file whose space is reserved and whose end the writer knows.</summary>
internal sealed class SegmentFile(string path, SegmentHeader header, SafeFileHandle handle, long capacity) : IDisposable
{
    // Each piece is on the disk before the next is written, so that a sync that a client waits for never queues behind all of them.
    private static readonly byte[] Zeros = new byte[1 << 20];

    public string Path => path;

    public SegmentHeader Header => header;

    /// <summary>Bytes reserved.</summary>
    public long Capacity => capacity;

    /// <summary>Where the next frame begins.</summary>
    public long Position { get; private set; } = SegmentHeader.Size;

    public long Free => Capacity - Position;

    /// <summary>Creates a segment with all its space; a file that could not get it is gone again.</summary>
    /// <param name="directory">The session's folder.</param>
    /// <param name="session">The session's id.</param>
    /// <param name="number">The segment's number.</param>
    /// <param name="capacity">Its size in bytes.</param>
    /// <param name="filled">
    /// Whether its space is written with zeros beforehand. In space that is only reserved, the first write of each block changes the
    /// file system's own records, and every sync has to wait for its journal as well.
    /// </param>
    /// <exception cref="IOException">There is no space, or the file can't be created.</exception>
    public static SegmentFile Create(string directory, Guid session, long number, long capacity, bool filled = false)
    {
        var path = System.IO.Path.Combine(directory, SpoolDirectory.SegmentName(number));
        var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            LibC.Allocate(handle, capacity);
            if (filled)
            {
                Fill(handle, capacity);
            }

            var header = Begin(handle, session, number);
            DirectorySync.Sync(directory);
            return new(path, header, handle, capacity);
        }
        catch
        {
            handle.Dispose();
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Fills a segment that nobody needs any more with zeros.</summary>
    /// <returns>Whether that was possible.</returns>
    public static bool TryBlank(string path)
    {
        try
        {
            // Readers hold a lock that is shared, so this fails while there is one.
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            Fill(handle, RandomAccess.GetLength(handle));
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Makes a blank file a segment; it has its name only once its header is on the disk.</summary>
    /// <param name="blank">The file, in the session's folder; it is renamed.</param>
    /// <param name="directory">The session's folder.</param>
    /// <param name="session">The session's id.</param>
    /// <param name="number">The segment's number.</param>
    /// <exception cref="IOException">The disk did not take it; the file is gone.</exception>
    public static SegmentFile Reuse(string blank, string directory, Guid session, long number)
    {
        var path = System.IO.Path.Combine(directory, SpoolDirectory.SegmentName(number));
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(blank, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
            var header = Begin(handle, session, number);
            File.Move(blank, path);
            DirectorySync.Sync(directory);
            return new(path, header, handle, RandomAccess.GetLength(handle));
        }
        catch
        {
            handle?.Dispose();
            File.Delete(blank);
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Writes a piece beyond the end, at an offset from it; it counts only after <see cref="Advance"/>.</summary>
    /// <exception cref="IOException">The disk did not take it.</exception>
    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        try
        {
            RandomAccess.Write(handle, bytes, Position + offset);
        }
        catch (UnauthorizedAccessException error)
        {
            // What it was opened for may be taken away, by a file system that turns read-only after an error for instance.
            throw new IOException(error.Message, error);
        }
    }

    /// <summary>Moves the end behind a whole frame.</summary>
    public void Advance(long bytes) => Position += bytes;

    /// <exception cref="IOException">The disk did not take it.</exception>
    public void Sync() => LibC.SyncData(handle);

    public void Dispose() => handle.Dispose();

    private static SegmentHeader Begin(SafeFileHandle handle, Guid session, long number)
    {
        var header = SegmentHeader.Of(session, number);
        Span<byte> bytes = stackalloc byte[SegmentHeader.Size];
        header.Write(bytes);
        RandomAccess.Write(handle, bytes, 0);
        LibC.SyncData(handle);
        return header;
    }

    private static void Fill(SafeFileHandle handle, long size)
    {
        for (long at = 0; at < size; at += Zeros.Length)
        {
            RandomAccess.Write(handle, Zeros.AsSpan(0, (int)Math.Min(Zeros.Length, size - at)), at);
            LibC.SyncData(handle);
        }
    }
}

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
        return new(Crc32.HashToUInt32(seed), number, session);
    }

    public void Write(Span<byte> bytes)
    {
        bytes[..Size].Clear();
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], Salt);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], Number);
        Session.TryWriteBytes(bytes[24..]);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[CrcOffset..], Crc32.HashToUInt32(bytes[..CrcOffset]));
    }

    /// <summary>Reads a header.</summary>
    /// <exception cref="InvalidDataException">It isn't one, is damaged, or is of a newer version; the message says which.</exception>
    public static SegmentHeader Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Size || !bytes.StartsWith(Magic))
        {
            throw new InvalidDataException("this isn't a spool segment");
        }

        var version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (version != Version)
        {
            throw new InvalidDataException($"the segment has version {version}, and this program knows version {Version}");
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[CrcOffset..]) != Crc32.HashToUInt32(bytes[..CrcOffset]))
        {
            throw new InvalidDataException("the segment's header is damaged");
        }

        return new(
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            new Guid(bytes[24..CrcOffset]));
    }
}
