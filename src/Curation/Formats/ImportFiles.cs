namespace Tda.Curation.Formats;

/// <summary>Finds the files to import, in the order of their paths, so that every machine makes the same corpus.</summary>
internal static class ImportFiles
{
    /// <summary>A longer ending is part of the name: the files of mail archives are named by number and hash.</summary>
    private const int LongestExtension = 8;

    private static readonly HashSet<string> TextExtensions =
        new(StringComparer.OrdinalIgnoreCase) { "", ".", ".txt", ".text", ".md", ".eml", ".mail", ".htm", ".html" };

    private static readonly Dictionary<string, ImportFormat> RecordExtensions = new(StringComparer.OrdinalIgnoreCase)
    {
        [".jsonl"] = ImportFormat.JsonLines,
        [".ndjson"] = ImportFormat.JsonLines,
        [".json"] = ImportFormat.Json,
        [".csv"] = ImportFormat.Csv,
        [".tsv"] = ImportFormat.Csv,
        [".parquet"] = ImportFormat.Parquet,
    };

    /// <exception cref="BadInputException">There is nothing at <paramref name="path"/>, or it can't be read.</exception>
    public static List<ImportFile> Find(string path, ImportOptions options, ImportTally tally)
    {
        if (File.Exists(path))
        {
            return [new ImportFile(path, Path.GetFileName(path), options.Source ?? Stem(path), BytesOf(path))];
        }

        if (PathPattern.IsMeant(path))
        {
            return Matching(path, options, tally);
        }

        if (!Directory.Exists(path))
        {
            throw new BadInputException(path, "there is no such file or folder");
        }

        var files = new List<ImportFile>();
        var card = DatasetFolder.Open(path);
        Collect(new DirectoryInfo(path), string.Empty, options, tally, files, new Found());
        if (card is not null)
        {
            return card.Choose([.. files.Select(file => file with { Source = options.Source ?? FolderName(path) })], options, tally);
        }

        return options.Split is null && options.Config is null ? files : throw new UsageException(
            $"--split and --config are for a data set's folder, and {path} has no {DatasetFolder.CardName} with a YAML header.");
    }

    /// <exception cref="BadInputException">The pattern fits no file.</exception>
    private static List<ImportFile> Matching(string path, ImportOptions options, ImportTally tally)
    {
        var (folder, rest, depth) = PathPattern.Split(path);
        var files = new List<ImportFile>();
        var found = new Found { Pattern = new PathPattern(rest), Depth = depth };
        if (Directory.Exists(folder))
        {
            Collect(new DirectoryInfo(folder), string.Empty, options, tally, files, found);
        }

        if (found.Fitting == 0)
        {
            throw new BadInputException(
                path,
                Directory.Exists(folder) ? $"no file below {folder} fits {rest}" : $"there is no folder {folder}",
                remedy: "In a pattern * stands for any part of one name, and ** for any folders.");
        }

        return files;
    }

    private static string FolderName(string path) => new DirectoryInfo(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))).Name;

    /// <summary>The format of records that a file's name tells, plain, .gz or .zst; null for the names of other files.</summary>
    public static ImportFormat? RecordsByName(string path)
    {
        var packed = Path.GetExtension(path).ToLowerInvariant() is ".gz" or ".zst";
        var name = packed ? Path.ChangeExtension(path, null) : path;
        return RecordExtensions.TryGetValue(Path.GetExtension(name), out var format) ? format : null;
    }

    private static void Collect(DirectoryInfo folder, string prefix, ImportOptions options, ImportTally tally, List<ImportFile> files, Found found, int depth = 0)
    {
        FileSystemInfo[] entries;
        try
        {
            entries = folder.GetFileSystemInfos();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (prefix.Length == 0)
            {
                throw new BadInputException(folder.FullName, $"can't be read: {error.Message}", inner: error);
            }

            tally.SkipUnread("folder that can't be read", prefix);
            return;
        }

        foreach (var entry in entries.Where(e => e.Name[0] != '.').OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            var name = prefix.Length == 0 ? entry.Name : $"{prefix}/{entry.Name}";
            if (entry is DirectoryInfo child)
            {
                // A link to a folder may lead back up, and never end.
                if (depth >= found.Depth)
                {
                    continue;
                }

                if (child.LinkTarget is null)
                {
                    Collect(child, name, options, tally, files, found, depth + 1);
                }
                else
                {
                    tally.SkipUnread("link to a folder", name);
                }
            }
            else if (found.Pattern is { } pattern && !pattern.Fits(name))
            {
                // Not asked for.
            }
            else if (IsWanted(entry, options))
            {
                found.Fitting++;
                var source = options.Source ?? (prefix.Length == 0 ? folder.Name : prefix);
                files.Add(new ImportFile(entry.FullName, name, source, BytesOf(entry.FullName)));
            }
            else
            {
                found.Fitting++;
                tally.SkipUnread($"file of another kind ({entry.Extension.ToLowerInvariant()})", name);
            }
        }
    }

    private static bool IsWanted(FileSystemInfo file, ImportOptions options) => options.Format switch
    {
        ImportFormat.JsonLines or ImportFormat.Json or ImportFormat.Csv or ImportFormat.Parquet => RecordsByName(file.Name) == options.Format,
        ImportFormat.Auto => RecordsByName(file.Name) is not null || IsText(file),
        _ => IsText(file),
    };

    private static bool IsText(FileSystemInfo file) => TextExtensions.Contains(file.Extension) || file.Extension.Length > LongestExtension;

    /// <summary>Its length; 0 for what can't be looked at, which its reader will find out.</summary>
    private static long BytesOf(string path)
    {
        try
        {
            return new FileInfo(path).Length;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>What of a folder is looked for, and how much was found.</summary>
    private sealed class Found
    {
        /// <summary>The pattern that names fit; null: all are wanted.</summary>
        public PathPattern? Pattern { get; init; }

        /// <summary>How many folders deep to look; null: to the bottom.</summary>
        public int? Depth { get; init; }

        /// <summary>Files that fit, those of kinds that aren't read among them.</summary>
        public int Fitting { get; set; }
    }

    private static string Stem(string path)
    {
        var name = Path.GetFileName(path);
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 ? name[..dot] : name;
    }
}

/// <summary>A file to import.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Name">Its path below the folder that is imported, with '/' between folders.</param>
/// <param name="Source">Source of its documents, if they don't name one.</param>
/// <param name="Bytes">Its length, for the progress.</param>
internal sealed record ImportFile(string Path, string Name, string Source, long Bytes)
{
    /// <summary>License of its documents, if they don't name one.</summary>
    public string? License { get; init; }
}

/// <summary>Hashes of imported files for the manifest.</summary>
internal static class InputHashes
{
    /// <summary>Above this many files each folder gets one hash: a manifest of thousands of lines helps nobody.</summary>
    private const int MaximumFiles = 64;

    public static SortedDictionary<string, string> Of(List<ImportFile> files)
    {
        IEnumerable<(string Name, string Hash)> hashes = files.Where(f => File.Exists(f.Path)).Select(f => (f.Name, Hash(f.Path)));
        if (files.Count > MaximumFiles)
        {
            hashes = hashes.GroupBy(f => Path.GetDirectoryName(f.Name) is { Length: > 0 } folder ? folder + "/" : "./").Select(folder =>
                (folder.Key, Hashing.Sha256(Encoding.UTF8.GetBytes(string.Concat(folder.Select(f => $"{f.Hash}  {f.Name}\n"))))));
        }

        return new(hashes.ToDictionary(f => f.Name, f => f.Hash), StringComparer.Ordinal);
    }

    private static string Hash(string path)
    {
        try
        {
            return Hashing.Sha256File(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "unreadable"; // it was skipped with its reason, and nothing of it went in
        }
    }
}
