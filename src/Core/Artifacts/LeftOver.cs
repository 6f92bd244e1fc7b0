namespace Tda.Core.Artifacts;

/// <summary>Something in a home that no finished artifact needs: what stopped, killed or half-done work left.</summary>
/// <param name="Path">The folder or file.</param>
/// <param name="What">What it is, in words.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="ChangedAt">When something in it was last written.</param>
public sealed record LeftOver(string Path, string What, long Bytes, DateTimeOffset ChangedAt)
{
    /// <summary>A file that has no lock may still be written while it is younger than this.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromHours(1);

    private const string SpilledScores = ".*.scores";

    /// <summary>
    /// Finds what is left over in the home's kinds and in fetched packages; the log and the spool are never looked at. A folder that a
    /// process holds isn't left over, nor is a file or a folder without a lock that was written in the last hour.
    /// </summary>
    /// <returns>By path. What lies in a folder that is itself left over isn't named again.</returns>
    public static IReadOnlyList<LeftOver> Find(TdaHome home, TimeProvider time)
    {
        string[] roots = [.. ArtifactKind.All.Select(home.FolderOf), .. ((string[])["packages", "demo"]).Select(name => System.IO.Path.Combine(home.Root, name))];
        var young = time.GetUtcNow() - Rest;
        return [.. roots.Where(Directory.Exists).SelectMany(root => Below(root, young)).OrderBy(left => left.Path, StringComparer.Ordinal)];
    }

    /// <summary>Removes it.</summary>
    /// <exception cref="TdaException">A process took it up meanwhile, or the place can't be written.</exception>
    public void Remove()
    {
        if (File.Exists(Path))
        {
            File.Delete(Path);
        }
        else
        {
            ArtifactRemoval.RemoveLeftOver(Path);
        }
    }

    /// <summary>A file's length; 0 for one that is gone meanwhile.</summary>
    internal static long Length(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    private static IEnumerable<LeftOver> Below(string folder, DateTimeOffset young)
    {
        foreach (var directory in Directory.EnumerateDirectories(folder))
        {
            if (!ArtifactDirectory.IsLeftOver(directory))
            {
                foreach (var left in Below(directory, young))
                {
                    yield return left;
                }
            }
            else if (OfFolder(directory, young) is { } left)
            {
                yield return left;
            }
        }

        string[] files = [.. Directory.EnumerateFiles(folder, "*" + AtomicFileWriter.PartSuffix), .. Directory.EnumerateFiles(folder, SpilledScores)];
        foreach (var file in files.Select(path => new FileInfo(path)).Where(file => file.LastWriteTimeUtc < young))
        {
            yield return new LeftOver(
                file.FullName, file.Extension == AtomicFileWriter.PartSuffix ? "unfinished file" : "scores put by", Length(file), file.LastWriteTimeUtc);
        }
    }

    private static LeftOver? OfFolder(string directory, DateTimeOffset young)
    {
        FileInfo[] files = [.. new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories)];
        var changed = files.Select(file => file.LastWriteTimeUtc).Append(Directory.GetLastWriteTimeUtc(directory)).Max();
        LeftOver Left(string what) => new(directory, what, files.Sum(Length), changed);
        if (directory.EndsWith(ArtifactRemoval.Suffix, StringComparison.Ordinal))
        {
            return Left("half removed");
        }

        if (directory.EndsWith(ArtifactDirectory.OldSuffix, StringComparison.Ordinal))
        {
            // Without the one that replaced it, it is put back when it is next opened.
            return Directory.Exists(directory[..^ArtifactDirectory.OldSuffix.Length]) ? Left("replaced") : null;
        }

        var locked = File.Exists(System.IO.Path.Combine(directory, ArtifactDirectory.LockName));
        return ArtifactRemoval.IsHeld(directory) || (!locked && changed > young) ? null : Left("unfinished; its command would go on");
    }
}
