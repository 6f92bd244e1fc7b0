namespace Tda.Core.Artifacts;

/// <summary>
/// A directory in the making: <c>name.part</c> until <see cref="Commit"/> hashes every file, writes the manifest and
/// renames it to <c>name</c>. A killed job leaves the <c>.part</c> directory, which <see cref="Resume"/> reopens.
/// </summary>
public sealed class ArtifactDirectory : IDisposable
{
    internal const string LockName = ".lock";
    internal const string OldSuffix = ".old";

    private readonly FileStream _lock;
    private readonly bool _replace;
    private readonly Dictionary<string, string> _shared = new(StringComparer.Ordinal);
    private bool _finished;

    private ArtifactDirectory(string finalDirectory, Manifest manifest, FileStream held, bool replace, bool resumed)
    {
        FinalDirectory = finalDirectory;
        Manifest = manifest;
        _lock = held;
        _replace = replace;
        Resumed = resumed;
    }

    public string FinalDirectory { get; }

    /// <summary>Where the files are now: <c>FinalDirectory.part</c>.</summary>
    public string WorkDirectory => FinalDirectory + AtomicFileWriter.PartSuffix;

    /// <summary>To be filled until <see cref="Commit"/>; outputs are filled by it.</summary>
    public Manifest Manifest { get; }

    /// <summary>True when <see cref="Resume"/> found unfinished work of the same format and version.</summary>
    public bool Resumed { get; }

    /// <summary>Starts anew; unfinished work in the <c>.part</c> directory is thrown away.</summary>
    /// <param name="finalDirectory">Where the artifact will stand.</param>
    /// <param name="format">Format name for the manifest.</param>
    /// <param name="version">Format version for the manifest.</param>
    /// <param name="time">Clock for the creation time.</param>
    /// <param name="replace">Whether an artifact already there may be replaced, at the commit and at once.</param>
    /// <exception cref="UsageException">It exists and <paramref name="replace"/> is false.</exception>
    /// <exception cref="TdaException">Another process is making it, or the place can't be written.</exception>
    public static ArtifactDirectory Create(string finalDirectory, string format, int version, TimeProvider time, bool replace = false) =>
        Start(finalDirectory, format, version, time, replace, resume: false);

    /// <summary>Reopens the unfinished work of the same format and version, with its manifest as last saved; else starts anew.</summary>
    /// <inheritdoc cref="Create"/>
    public static ArtifactDirectory Resume(string finalDirectory, string format, int version, TimeProvider time, bool replace = false) =>
        Start(finalDirectory, format, version, time, replace, resume: true);

    /// <summary>Opens a finished artifact.</summary>
    /// <param name="directory">The artifact's directory.</param>
    /// <param name="format">The format it must have.</param>
    /// <param name="maximumVersion">The newest version that the caller reads.</param>
    /// <param name="verifyHashes">Whether to read every file and compare its hash; without it, only presence is checked.</param>
    /// <exception cref="BadInputException">Missing, of another format, newer, or a file is missing or differs; says which.</exception>
    public static OpenedArtifact Open(string directory, string format, int maximumVersion, bool verifyHashes = true)
    {
        directory = Path.GetFullPath(directory);
        DirectorySwap.Recover(directory, directory + OldSuffix);
        var artifact = new OpenedArtifact(directory, ManifestReader.Read(directory, format, maximumVersion));
        foreach (var name in artifact.Manifest.Outputs.Keys)
        {
            CheckName(directory, name);
            _ = artifact.PathOf(name);
        }

        if (verifyHashes)
        {
            artifact.VerifyAll();
        }

        return artifact;
    }

    /// <summary>The finished artifacts in <paramref name="parent"/>, sorted by name; empty when it doesn't exist.</summary>
    public static IReadOnlyList<string> List(string parent) => !Directory.Exists(parent) ? [] :
    [
        .. Directory.EnumerateDirectories(parent)
            .Where(d => !IsLeftOver(d) && File.Exists(Path.Combine(d, Manifest.FileName)))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Whether a directory's name says that it is unfinished, replaced or half removed.</summary>
    internal static bool IsLeftOver(string directory) =>
        ((string[])[AtomicFileWriter.PartSuffix, OldSuffix, ArtifactRemoval.Suffix]).Any(suffix => directory.EndsWith(suffix, StringComparison.Ordinal));

    /// <summary>
    /// Adds files that were written into a finished artifact to its manifest: tokens beside documents, a shard beside
    /// shards. The files must already be in place and durable. Several processes may do so at once.
    /// </summary>
    /// <exception cref="BadInputException">The artifact isn't one of this format and version.</exception>
    public static void Amend(string directory, string format, int maximumVersion, IEnumerable<string> files, Action<Manifest>? change = null)
    {
        using var held = DirectoryLock.Wait(Path.Combine(directory, Manifest.FileName + LockName));
        var manifest = ManifestReader.Read(directory, format, maximumVersion);
        foreach (var file in files)
        {
            manifest.Outputs[file] = Hashing.Sha256File(Path.Combine(directory, file));
        }

        change?.Invoke(manifest);
        AtomicFile.WriteJson(Path.Combine(directory, Manifest.FileName), manifest);
    }

    /// <summary>The path to write <paramref name="name"/> at; folders on the way are made.</summary>
    public string PathOf(string name)
    {
        CheckName(WorkDirectory, name);
        var path = Path.Combine(WorkDirectory, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    /// <summary>
    /// Takes a file of another artifact over as it is, with the hash that vouches for it there: it is not read again, so damage done to
    /// it meanwhile is not blessed with a new hash but found by the next reader.
    /// </summary>
    /// <exception cref="BadInputException">The other artifact doesn't list it, or it isn't there.</exception>
    /// <exception cref="IOException">It can be neither linked nor copied.</exception>
    public void Share(OpenedArtifact other, string name)
    {
        HardLink.Create(other.PathOf(name), PathOf(name));
        _shared[name] = other.Manifest.Outputs[name];
    }

    /// <summary>Saves the manifest as it is, so that a resumed job can see with which options it was started.</summary>
    public void SaveManifest() => AtomicFile.WriteJson(Path.Combine(WorkDirectory, Manifest.FileName), Manifest);

    /// <summary>Hashes, syncs, renames. After it returns the artifact is complete and durable.</summary>
    public void Commit()
    {
        ObjectDisposedException.ThrowIf(_finished, this);
        try
        {
            // 1. Throw away what a killed run left half-written.
            foreach (var partial in Directory.EnumerateFiles(WorkDirectory, "*" + AtomicFileWriter.PartSuffix, SearchOption.AllDirectories).ToList())
            {
                File.Delete(partial);
            }

            // 2. Hash and sync every file.
            Manifest.Outputs.Clear();
            foreach (var path in Directory.EnumerateFiles(WorkDirectory, "*", SearchOption.AllDirectories))
            {
                var name = Path.GetRelativePath(WorkDirectory, path).Replace('\\', '/');
                if (name is Manifest.FileName or LockName)
                {
                    continue;
                }

                Manifest.Outputs[name] = _shared.GetValueOrDefault(name) ?? Hashing.Sha256File(path);
                DirectorySync.SyncFile(path);
            }

            // 3. The manifest last: it vouches for the rest.
            SaveManifest();
            foreach (var folder in Directory.EnumerateDirectories(WorkDirectory, "*", SearchOption.AllDirectories).ToList())
            {
                DirectorySync.Sync(folder);
            }

            // 4. Put the directory in place, at once. The lock goes along and is held until then, and so is one on what is replaced, which
            //    comes to stand in our place: without them another process could take either and clear it.
            using (var replaced = _replace && Directory.Exists(FinalDirectory) ? DirectoryLock.Take(FinalDirectory, Path.Combine(FinalDirectory, LockName)) : null)
            {
                DirectorySwap.MoveIntoPlace(WorkDirectory, FinalDirectory, FinalDirectory + OldSuffix, _replace);
            }

            File.Delete(Path.Combine(FinalDirectory, LockName));
            _finished = true;
            _lock.Dispose();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TdaException($"{FinalDirectory} can't be completed: {error.Message}. Unfinished work is kept in {WorkDirectory}; run the same command again.", error);
        }
    }

    /// <summary>Before a long job: is its name free?</summary>
    /// <exception cref="UsageException">The artifact exists and may not be replaced.</exception>
    public static void RequireFree(string finalDirectory, bool replace)
    {
        if (Directory.Exists(finalDirectory) && !replace)
        {
            throw new UsageException($"{finalDirectory} exists already. Choose another name, or replace it (--replace).");
        }
    }

    /// <summary>Removes the unfinished work.</summary>
    public void Discard()
    {
        if (_finished)
        {
            return;
        }

        _finished = true;
        _lock.Dispose();
        Directory.Delete(WorkDirectory, recursive: true);
    }

    /// <summary>Without a commit, leaves the unfinished work for <see cref="Resume"/>.</summary>
    public void Dispose()
    {
        _finished = true;
        _lock.Dispose();
    }

    private static ArtifactDirectory Start(string finalDirectory, string format, int version, TimeProvider time, bool replace, bool resume)
    {
        finalDirectory = Path.GetFullPath(finalDirectory);
        DirectorySwap.Recover(finalDirectory, finalDirectory + OldSuffix);
        RequireFree(finalDirectory, replace);

        var work = finalDirectory + AtomicFileWriter.PartSuffix;
        var held = DirectoryLock.Take(work, Path.Combine(work, LockName));
        try
        {
            var saved = resume ? SavedManifest(work, format, version) : null;
            if (saved is null)
            {
                Clear(work);
            }

            var manifest = saved ?? new Manifest { Format = format, Version = version, CreatedAt = time.GetUtcNow() };
            var directory = new ArtifactDirectory(finalDirectory, manifest, held, replace, saved is not null);
            if (saved is null)
            {
                directory.SaveManifest();
            }

            return directory;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>The manifest of unfinished work, or null when there is none of this format and version to go on with.</summary>
    private static Manifest? SavedManifest(string work, string format, int version)
    {
        if (!File.Exists(Path.Combine(work, Manifest.FileName)))
        {
            return null;
        }

        var saved = ManifestReader.Read(work, format, version);
        return saved.Version == version ? saved : null;
    }

    private static void Clear(string work)
    {
        foreach (var folder in Directory.EnumerateDirectories(work))
        {
            Directory.Delete(folder, recursive: true);
        }

        foreach (var file in Directory.EnumerateFiles(work).Where(f => Path.GetFileName(f) != LockName))
        {
            File.Delete(file);
        }
    }

    private static void CheckName(string directory, string name)
    {
        var inside = name.Length > 0 && !Path.IsPathRooted(name) && !name.Split('/', '\\').Any(part => part is "" or "." or "..");
        if (!inside)
        {
            throw new BadInputException(directory, $"'{name}' is not the name of a file inside this directory");
        }
    }
}
