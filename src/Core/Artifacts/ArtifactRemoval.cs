namespace Tda.Core.Artifacts;

/// <summary>
/// Removes directories so that a kill on the way leaves nothing that passes for whole: renamed to <c>name.removed</c> first, then deleted.
/// </summary>
public static class ArtifactRemoval
{
    /// <summary>What a directory's name ends in while it is deleted.</summary>
    public const string Suffix = ".removed";

    /// <summary>Removes a finished artifact.</summary>
    /// <exception cref="TdaException">Another process is changing it, or the place can't be written.</exception>
    public static void Remove(string directory)
    {
        directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        Guard(directory, () =>
        {
            using var held = LockOf(directory + AtomicFileWriter.PartSuffix); // who appends to it, or makes it anew
            MoveAway(directory);
        });
    }

    /// <summary>Removes a directory that no process holds: unfinished work, what a replacement left, what is half removed.</summary>
    /// <exception cref="TdaException">A process took it up meanwhile, or the place can't be written.</exception>
    public static void RemoveLeftOver(string directory) => Guard(directory, () =>
    {
        if (directory.EndsWith(Suffix, StringComparison.Ordinal))
        {
            Directory.Delete(directory, recursive: true);
            return;
        }

        using var held = LockOf(directory);
        MoveAway(directory);
    });

    /// <summary>Whether a process is at work in a directory.</summary>
    internal static bool IsHeld(string directory)
    {
        try
        {
            LockOf(directory)?.Dispose();
            return false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    private static void MoveAway(string directory)
    {
        var removed = directory + Suffix;
        if (Directory.Exists(removed))
        {
            Directory.Delete(removed, recursive: true); // what an earlier removal was killed over
        }

        Directory.Move(directory, removed);
        DirectorySync.Sync(Path.GetDirectoryName(directory)!);
        Directory.Delete(removed, recursive: true);
    }

    /// <summary>The lock of work in a directory, held; null where there is no work.</summary>
    private static FileStream? LockOf(string directory)
    {
        var path = Path.Combine(directory, ArtifactDirectory.LockName);
        return File.Exists(path) ? new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 1) : null;
    }

    private static void Guard(string directory, Action remove)
    {
        try
        {
            remove();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TdaException($"{directory} can't be removed: {error.Message}. Another tda process may be at work there.", error);
        }
    }
}
