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
    };

    /// <exception cref="BadInputException">There is nothing at <paramref name="path"/>, or it can't be read.</exception>
    public static List<ImportFile> Find(string path, ImportOptions options, ImportTally tally)
    {
        if (File.Exists(path))
        {
            return [new ImportFile(path, Path.GetFileName(path), options.Source ?? Stem(path), BytesOf(path))];
        }

        if (!Directory.Exists(path))
        {
            throw new BadInputException(path, "there is no such file or folder");
        }

        var files = new List<ImportFile>();
        Collect(new DirectoryInfo(path), string.Empty, options, tally, files);
        return files;
    }

    /// <summary>The format of records that a file's name tells, plain or .gz; null for the names of other files.</summary>
    public static ImportFormat? RecordsByName(string path)
    {
        var name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^".gz".Length] : path;
        return RecordExtensions.TryGetValue(Path.GetExtension(name), out var format) ? format : null;
    }

    private static void Collect(DirectoryInfo folder, string prefix, ImportOptions options, ImportTally tally, List<ImportFile> files)
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
                if (child.LinkTarget is null)
                {
                    Collect(child, name, options, tally, files);
                }
                else
                {
                    tally.SkipUnread("link to a folder", name);
                }
            }
            else if (IsWanted(entry, options))
            {
                var source = options.Source ?? (prefix.Length == 0 ? folder.Name : prefix);
                files.Add(new ImportFile(entry.FullName, name, source, BytesOf(entry.FullName)));
            }
            else
            {
                tally.SkipUnread($"file of another kind ({entry.Extension.ToLowerInvariant()})", name);
            }
        }
    }

    private static bool IsWanted(FileSystemInfo file, ImportOptions options) => options.Format switch
    {
        ImportFormat.JsonLines or ImportFormat.Json or ImportFormat.Csv => RecordsByName(file.Name) == options.Format,
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
internal sealed record ImportFile(string Path, string Name, string Source, long Bytes);

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
