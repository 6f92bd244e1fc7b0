using System.Text.Json.Nodes;

namespace Tda.Curation.Formats;

/// <summary>
/// Makes a corpus of files that people have: JSON Lines (plain or gzip), or a folder of texts, pages and e-mails, whose
/// sub-folders become the sources.
/// </summary>
/// <remarks>
/// 1. Find the files, in the order of their paths.
/// 2. Read each one's documents; count what can't be used, by reason.
/// 3. Write them into the corpus, leaving out ids that are there already.
/// 4. Commit: the corpus appears, with the report in its manifest. Until then nothing has changed.
/// </remarks>
public sealed class CorpusImporter(TdaHome home, TimeProvider time)
{
    /// <param name="path">A file or a folder.</param>
    /// <param name="name">The corpus's name.</param>
    /// <param name="options">Limits and format.</param>
    /// <param name="progress">Gets the number of files done.</param>
    /// <param name="cancel">Stops between documents; nothing is left.</param>
    /// <exception cref="BadInputException">Nothing there, nothing usable in it, or a truncated gzip file.</exception>
    /// <exception cref="UsageException">Options out of range, or the corpus exists and may not be replaced.</exception>
    public ImportReport Import(string path, string name, ImportOptions options, IProgressSink progress, CancellationToken cancel)
    {
        options.Validate();
        var directory = home.CorpusDirectory(name);
        var tally = new ImportTally();
        using var corpus = CorpusWriter.Create(directory, time, options.Replace);

        // 1. The files.
        var files = ImportFiles.Find(path, options, tally);

        // 2. and 3. Their documents.
        var reader = new DocumentReader(options, tally);
        using (var task = progress.Start($"Importing {name}", files.Count, "files"))
        {
            for (var done = 0; done < files.Count && !IsFull(); done++)
            {
                AddDocuments(files[done]);
                task.Report(done + 1, $"{corpus.Count} documents");
            }
        }

        // 4. The commit.
        var report = tally.Report(corpus.Count, corpus.Duplicates);
        if (corpus.Count == 0)
        {
            throw new BadInputException(path, $"holds no usable document: {Reasons(report)}", remedy: "Give JSON Lines with a 'text', or a folder of UTF-8 texts or e-mails.");
        }

        Describe(corpus, path, files, options, report);
        corpus.Commit();
        return report;

        void AddDocuments(ImportFile file)
        {
            foreach (var document in reader.Read(file))
            {
                cancel.ThrowIfCancellationRequested();
                if (!corpus.Add(document))
                {
                    tally.Skip("id that is there already", $"{document.Id} in {file.Name}");
                }

                if (IsFull())
                {
                    return;
                }
            }
        }

        bool IsFull() => corpus.Count >= options.MaxDocuments;
    }

    private static void Describe(CorpusWriter corpus, string path, List<ImportFile> files, ImportOptions options, ImportReport report)
    {
        corpus.Manifest.Command = "tda corpus import";
        corpus.Manifest.Options = (JsonObject)JsonSerializer.SerializeToNode(options, JsonDefaults.Options)!;
        corpus.Manifest.Options["path"] = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        corpus.Manifest.Inputs = InputHashes.Of(files);
        corpus.Manifest.Details["import"] = JsonSerializer.SerializeToNode(report, JsonDefaults.Options);
    }

    private static string Reasons(ImportReport report) => report.TotalSkipped == 0
        ? "there is nothing in it"
        : string.Join("; ", report.Skipped.Select(item => $"{item.Count} × {item.Reason}, such as {item.Examples[0]}"));
}

/// <summary>What to import and how.</summary>
public sealed record ImportOptions
{
    /// <summary>What the files are. Default: told file by file.</summary>
    public ImportFormat Format { get; init; } = ImportFormat.Auto;

    /// <summary>Stop after so many documents; at least 1. Default: all. Files are taken in the order of their paths.</summary>
    public int? MaxDocuments { get; init; }

    /// <summary>Shorter documents are skipped, in UTF-16 characters; at least 1. Default: 1.</summary>
    public int MinCharacters { get; init; } = 1;

    /// <summary>Longer documents are cut here, in UTF-16 characters, and counted; at least MinCharacters. Default: never.</summary>
    public int? MaxCharacters { get; init; }

    /// <summary>Source of documents that name none. Default: the sub-folder, or the file's name.</summary>
    public string? Source { get; init; }

    /// <summary>Whether a mail's text starts with its subject line. Default: yes.</summary>
    public bool KeepSubject { get; init; } = true;

    /// <summary>Whether a corpus of that name may be replaced. Default: no.</summary>
    public bool Replace { get; init; }

    /// <exception cref="UsageException">Names every option that is out of range, at once.</exception>
    public void Validate() => new OptionChecks()
        .AtLeast("the largest number of documents", MaxDocuments, 1)
        .AtLeast("the smallest number of characters", MinCharacters, 1)
        .Require(!(MaxCharacters < MinCharacters), $"the largest number of characters is {MaxCharacters}; it must be at least the smallest, {MinCharacters}")
        .Require(Source is not { Length: 0 }, $"the source is empty")
        .Throw("The import's");
}

/// <summary>What the files to import are.</summary>
public enum ImportFormat
{
    /// <summary>Told file by file: JSON Lines by name, mail by its first lines, pages by name, else text.</summary>
    Auto,

    /// <summary>One JSON object a line, plain or gzip: <c>text</c>, and optionally <c>id</c>, <c>source</c>, <c>license</c>, <c>owner</c>, <c>meta</c>.</summary>
    JsonLines,

    /// <summary>UTF-8 text, one document a file.</summary>
    Text,

    /// <summary>E-mail, one document a file.</summary>
    Mail,
}

/// <summary>What an import did. Also written into the corpus's manifest, as <c>details.import</c>.</summary>
/// <param name="Documents">Documents imported.</param>
/// <param name="Duplicates">Those of the skipped documents whose id was there already.</param>
/// <param name="Truncated">Documents cut at the largest number of characters.</param>
/// <param name="Skipped">What was not imported, most frequent reason first.</param>
public sealed record ImportReport(int Documents, int Duplicates, int Truncated, IReadOnlyList<SkippedDocuments> Skipped)
{
    /// <summary>All that was not imported, duplicates included.</summary>
    public int TotalSkipped => Skipped.Sum(item => item.Count);
}

/// <summary>Documents that were not imported for one reason.</summary>
/// <param name="Reason">The reason.</param>
/// <param name="Count">How many.</param>
/// <param name="Examples">Where the first few of them are: paths, and lines in JSON Lines files.</param>
public sealed record SkippedDocuments(string Reason, int Count, IReadOnlyList<string> Examples);

/// <summary>Counts what an import leaves out, with a few examples for each reason.</summary>
internal sealed class ImportTally
{
    private const int MaximumExamples = 5;
    private readonly Dictionary<string, (int Count, List<string> Examples)> _skipped = new(StringComparer.Ordinal);

    public int Truncated { get; set; }

    public void Skip(string reason, string where)
    {
        (var count, var examples) = _skipped.GetValueOrDefault(reason, (0, []));
        if (examples.Count < MaximumExamples)
        {
            examples.Add(where);
        }

        _skipped[reason] = (count + 1, examples);
    }

    public ImportReport Report(int documents, int duplicates) => new(documents, duplicates, Truncated, [.. _skipped
        .Select(item => new SkippedDocuments(item.Key, item.Value.Count, item.Value.Examples))
        .OrderByDescending(item => item.Count)
        .ThenBy(item => item.Reason, StringComparer.Ordinal)]);
}
