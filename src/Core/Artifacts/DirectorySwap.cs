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

        if (OperatingSystem.IsLinux() && RenameAt2(CurrentDirectory, work, CurrentDirectory, final, Exchange) == 0)
        {
            DirectorySync.Sync(parent);
            Directory.Delete(work, recursive: true);
            return;
        }

        // Two renames; Recover mends a kill between them.
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
