using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Tda.Gateway.Spool;

/// <summary>What the gateway needs of the C library beyond .NET: a sync without the inode's times, space that is really there, which file it is.</summary>
internal static partial class LibC
{
    private const int NoSpace = 28;
    private const int Interrupted = 4;

    // struct statx is the same on every architecture.
    private const int StatusSize = 256;

    /// <summary>Makes the file's data durable; its times may lag behind, which <c>fsync</c> would write too.</summary>
    /// <exception cref="IOException">The disk did not take it.</exception>
    public static void SyncData(SafeFileHandle file)
    {
        int error;
        do
        {
            error = FDataSync(file) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        while (error == Interrupted);

        Check(error, "the disk did not take the spool");
    }

    /// <summary>Reserves a file's first bytes on the disk, so that writing them can't find it full.</summary>
    /// <exception cref="IOException">There is no such space.</exception>
    public static void Allocate(SafeFileHandle file, long bytes)
    {
        int error;
        do
        {
            error = PosixFAllocate(file, 0, bytes);
        }
        while (error == Interrupted);

        Check(error, $"{bytes} bytes can't be reserved for the spool");
    }

    /// <summary>Which file a path leads to (device and inode); null when there is none. A file that was put in another's place is another.</summary>
    public static (ulong Device, ulong Inode)? Identity(string path)
    {
        const uint WithInode = 0x100;
        const int InodeAt = 32, DeviceAt = 136;
        Span<byte> status = stackalloc byte[StatusSize];
        return TryStatus(path, WithInode, status)
            ? (BitConverter.ToUInt64(status[DeviceAt..]), BitConverter.ToUInt64(status[InodeAt..]))
            : null;
    }

    /// <summary>Whether a path leads to something that is no plain file: a device, a pipe, a folder. Reading one may never end.</summary>
    public static bool IsNoPlainFile(string path)
    {
        const uint WithType = 1;
        const int ModeAt = 28, TypeBits = 0xF000, Plain = 0x8000;
        Span<byte> status = stackalloc byte[StatusSize];
        return TryStatus(path, WithType, status) && (BitConverter.ToUInt16(status[ModeAt..]) & TypeBits) != Plain;
    }

    /// <summary>Makes what this process creates from now on readable and writable for its own user alone.</summary>
    public static void CreatePrivately()
    {
        const uint GroupAndOthers = 0x3F;
        _ = UMask(GroupAndOthers);
    }

    private static bool TryStatus(string path, uint what, Span<byte> status)
    {
        const int FromHere = -100;
        return StatX(FromHere, path, 0, what, status) == 0;
    }

    private static void Check(int error, string what)
    {
        if (error != 0)
        {
            var reason = error == NoSpace ? "no space left on the disk" : Marshal.GetPInvokeErrorMessage(error);
            throw new IOException($"{what}: {reason}", error);
        }
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int directory, string path, int flags, uint mask, Span<byte> status);

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint UMask(uint mask);

    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    private static partial int PosixFAllocate(SafeFileHandle file, long offset, long length);
}
