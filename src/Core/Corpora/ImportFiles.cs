namespace Tda.Core.Corpora;

/// <summary>Finds the files to import, in the order of their paths, so that every machine makes the same corpus.</summary>
internal static class ImportFiles
{
    /// <summary>A longer ending is part of the name: the files of mail archives are named by number and hash.</summary>
    private const int LongestExtension = 8;

    private static readonly HashSet<string> TextExtensions =
        new(StringComparer.OrdinalIgnoreCase) { "", ".", ".txt", ".text", ".md", ".eml", ".mail", ".htm", ".html" };

    /// <exception cref="BadInputException">There is nothing at <paramref name="path"/>, or it can't be read.</exception>
    public static List<ImportFile> Find(string path, ImportOptions options, ImportTally tally)
    {
        if (File.Exists(path))
        {
            return [new ImportFile(path, Path.GetFileName(path), options.Source ?? Stem(path))];
        }

        if (!Directory.Exists(path))
        {
            throw new BadInputException(path, "there is no such file or folder");
        }

        var files = new List<ImportFile>();
        Collect(new DirectoryInfo(path), string.Empty, options, tally, files);
        return files;
    }

    public static bool IsJsonLines(string path)
    {
        var name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^".gz".Length] : path;
        return name.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".ndjson", StringComparison.OrdinalIgnoreCase);
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

            tally.Skip("folder that can't be read", prefix);
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
                    tally.Skip("link to a folder", name);
                }
            }
            else if (IsWanted(entry, options))
            {
                files.Add(new ImportFile(entry.FullName, name, options.Source ?? (prefix.Length == 0 ? folder.Name : prefix)));
            }
            else
            {
                tally.Skip($"file of another kind ({entry.Extension.ToLowerInvariant()})", name);
            }
        }
    }

    private static bool IsWanted(FileSystemInfo file, ImportOptions options) => options.Format switch
    {
        ImportFormat.JsonLines => IsJsonLines(file.Name),
        ImportFormat.Auto => IsJsonLines(file.Name) || IsText(file),
        _ => IsText(file),
    };

    private static bool IsText(FileSystemInfo file) => TextExtensions.Contains(file.Extension) || file.Extension.Length > LongestExtension;

    private static string Stem(string path)
    {
        var name = Path.GetFileName(path);
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 ? name[..dot] : name;
    }
}
