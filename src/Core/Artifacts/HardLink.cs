using System.Runtime.InteropServices;

namespace Tda.Core.Artifacts;

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
        if (File.Exists(path))
        {
            return;
        }

        if (!OperatingSystem.IsWindows() && Link(existing, path) == 0)
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
