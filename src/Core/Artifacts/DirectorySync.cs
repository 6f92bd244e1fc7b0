using System.Runtime.InteropServices;

namespace Tda.Core.Artifacts;

/// <summary>fsync for a directory, which .NET doesn't offer: it makes the renames and deletions inside durable.</summary>
public static partial class DirectorySync
{
    private const int ReadOnly = 0;

    /// <exception cref="IOException">The directory can't be opened or synced.</exception>
    public static void Sync(string directory)
    {
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

/// <summary>A second name for a file, so that a new version of an artifact holds an unchanged file without copying it.</summary>
public static partial class HardLink
{
    /// <summary>
    /// Gives <paramref name="existing"/> the further name <paramref name="path"/>; where the file system has no links, copies it. What
    /// stands at the new name stays. Only for files that are replaced by renaming and never written in place.
    /// </summary>
    /// <exception cref="IOException">It can be neither linked nor copied.</exception>
    public static void Create(string existing, string path)
    {
        if (File.Exists(path) || Link(existing, path) == 0)
        {
            return;
        }

        AtomicFile.Write(path, target =>
        {
            using var source = File.OpenRead(existing);
            source.CopyTo(target);
        });
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string path);
}
