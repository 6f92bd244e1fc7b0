namespace Tda.Gateway.Spool;

/// <summary>
/// The folder <c>spool/&lt;session&gt;/</c> of one gateway run: its segments and a lock that the run holds as long as it lives,
/// so that a later run, or another gateway on the same home, takes over only what is orphaned.
/// </summary>
internal sealed class SpoolDirectory(string path, Guid session, FileStream held) : IDisposable
{
    /// <summary>Where segments and records go that could not be read or stored; people look at them, nothing deletes them.</summary>
    public const string RejectedName = "rejected";

    private const string LockName = "lock";
    private const string Extension = ".wal";

    // Ending of a folder whose exchanges are all in the store.
    private const string DoneEnding = ".done";

    public string Path => path;

    public Guid Session => session;

    /// <summary>The file whose lock says that the session's gateway runs.</summary>
    public string LockPath => System.IO.Path.Combine(path, LockName);

    public static string SegmentName(long number) => number.ToString("D10", CultureInfo.InvariantCulture) + Extension;

    /// <summary>Makes a new session's folder and takes its lock.</summary>
    /// <exception cref="IOException">It can't be created.</exception>
    public static SpoolDirectory Create(string root, Guid session)
    {
        var path = System.IO.Path.Combine(root, session.ToString());
        Directory.CreateDirectory(path);
        return new(path, session, OpenLock(path));
    }

    /// <summary>Takes over the folders that no running gateway holds, oldest first.</summary>
    public static IEnumerable<SpoolDirectory> TakeOrphans(string root)
    {
        RemoveDone(root);
        foreach (var (path, session) in All(root))
        {
            if (TryTake(path, session) is { } taken)
            {
                yield return taken;
            }
        }
    }

    /// <summary>Every session's folder under a spool, oldest first.</summary>
    public static IEnumerable<(string Path, Guid Session)> All(string root)
    {
        // Ids are ordered by time as text.
        foreach (var path in Folders(root, "*").Order(StringComparer.Ordinal))
        {
            if (Guid.TryParseExact(System.IO.Path.GetFileName(path), "D", out var session))
            {
                yield return (path, session);
            }
        }
    }

    /// <summary>The numbers of the segments in a session's folder, ascending; none once it is removed.</summary>
    public static List<long> Segments(string path) => !Directory.Exists(path) ? [] :
        [.. Directory.GetFiles(path, "*" + Extension)
            .Select(file => long.TryParse(System.IO.Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1)
            .Where(number => number >= 0)
            .Order()];

    public string SegmentPath(long number) => System.IO.Path.Combine(Path, SegmentName(number));

    /// <summary>Removes the folder with all that is in it, at once: it is renamed before its files go.</summary>
    public void RemoveWhole()
    {
        Directory.Move(Path, Path + DoneEnding);
        Directory.Delete(Path + DoneEnding, recursive: true);
    }

    public void Dispose() => held.Dispose();

    /// <summary>Ends what a kill kept <see cref="RemoveWhole"/> from.</summary>
    private static void RemoveDone(string root)
    {
        foreach (var path in Folders(root, "*" + DoneEnding))
        {
            try
            {
                Directory.Delete(path, recursive: true);
            }
            catch (IOException)
            {
                // Another gateway on this home is at it too.
            }
        }
    }

    private static string[] Folders(string root, string pattern) => Directory.Exists(root) ? Directory.GetDirectories(root, pattern) : [];

    private static SpoolDirectory? TryTake(string path, Guid session)
    {
        try
        {
            return new(path, session, OpenLock(path));
        }
        catch (IOException)
        {
            // A running gateway holds it, or has just removed it.
            return null;
        }
    }

    private static FileStream OpenLock(string path) =>
        new(System.IO.Path.Combine(path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
}
