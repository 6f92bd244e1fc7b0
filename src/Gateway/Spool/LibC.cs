using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Tda.Gateway.Spool;

/// <summary>What the spool needs of the C library beyond .NET: a sync without the inode's times, and space that is really there.</summary>
internal static partial class LibC
{
    private const int NoSpace = 28;
    private const int Interrupted = 4;

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

    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    private static partial int PosixFAllocate(SafeFileHandle file, long offset, long length);
}
