using System.Runtime.InteropServices;

namespace Tda.Core.Artifacts;

/// <summary>fsync for a directory, which .NET doesn't offer: it makes the renames and deletions inside durable.</summary>
public static partial class DirectorySync
{
    private const int ReadOnly = 0;

    /// <exception cref="IOException">The directory can't be opened or synced.</exception>
    public static void Sync(string directory)
    {
        // Windows has no such call; NTFS journals its metadata.
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Open(directory, ReadOnly);
        if (descriptor < 0)
        {
            throw Error(directory);
        }

        try
        {
            if (Fsync(descriptor) != 0)
            {
                throw Error(directory);
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <exception cref="IOException">The file can't be opened or synced.</exception>
    public static void SyncFile(string path)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        RandomAccess.FlushToDisk(handle);
    }

    private static IOException Error(string directory) =>
        new($"directory {directory} can't be synced: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
