using System.Runtime.InteropServices;

namespace Tda.Core.Artifacts;

/// <summary>Puts a finished directory in another's place, leaving no moment without either where the system can do so.</summary>
internal static partial class DirectorySwap
{
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const uint Exchange = 2; // RENAME_EXCHANGE

    public static void MoveIntoPlace(string work, string final, string old, bool replace)
    {
        var parent = Path.GetDirectoryName(final)!;
        if (!Directory.Exists(final) || !replace)
        {
            // Fails when someone else put a directory there meanwhile, which is as it should be.
            Directory.Move(work, final);
            DirectorySync.Sync(parent);
            return;
        }

        if (RenameAt2(CurrentDirectory, work, CurrentDirectory, final, Exchange) == 0)
        {
            DirectorySync.Sync(parent);
            Directory.Delete(work, recursive: true);
            return;
        }

        // The file system can't exchange names: two renames; Recover mends a kill between them.
        if (Directory.Exists(old))
        {
            Directory.Delete(old, recursive: true);
        }

        Directory.Move(final, old);
        Directory.Move(work, final);
        DirectorySync.Sync(parent);
        Directory.Delete(old, recursive: true);
    }

    /// <summary>Puts the previous directory back when a replacement was killed half-way.</summary>
    public static void Recover(string final, string old)
    {
        if (!Directory.Exists(final) && Directory.Exists(old))
        {
            Directory.Move(old, final);
        }
    }

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt2(int oldDirectory, string oldPath, int newDirectory, string newPath, uint flags);
}

/// <summary>Exclusive lock files. The operating system drops the lock with the process, so a kill leaves nothing stale.</summary>
internal static class DirectoryLock
{
    private const int Attempts = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Takes the lock that says who is making <paramref name="directory"/>.</summary>
    /// <exception cref="TdaException">Another process holds it, or the place can't be written.</exception>
    public static FileStream Take(string directory, string path)
    {
        try
        {
            Directory.CreateDirectory(directory);
            return Open(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TdaException($"{directory} can't be used: {error.Message}. Another tda process may be at work there: wait for it, or choose another name.", error);
        }
    }

    /// <summary>Takes a lock that others hold only for moments.</summary>
    /// <exception cref="TdaException">It stayed held for five seconds, or the place can't be written.</exception>
    public static FileStream Wait(string path)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return Open(path);
            }
            catch (IOException) when (attempt < Attempts && File.Exists(path))
            {
                Thread.Sleep(Pause);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new TdaException($"{path} can't be locked: {error.Message}. Another tda process may be at work there: run the command again.", error);
            }
        }
    }

    private static FileStream Open(string path) => new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
}
