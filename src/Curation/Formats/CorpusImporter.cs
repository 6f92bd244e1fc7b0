using System.Text.Json.Nodes;
using Tda.Curation.Formats.Records;

namespace Tda.Curation.Formats;

/// <summary>
/// Makes a corpus of files that people have: JSON Lines, JSON, CSV (plain, gzip or zstd), Parquet, a folder of Hugging Face's datasets, or
/// a folder of them and of texts, pages and e-mails, whose sub-folders become the sources.
/// </summary>
/// <remarks>
/// 1. Find the files, in the order of their paths.
/// 2. Read each one's documents; count what can't be used, by reason.
/// 3. Write them into the corpus, leaving out ids that are there already.
/// 4. Commit: the corpus appears, with the report in its manifest. Until then nothing has changed.
/// </remarks>
public sealed class CorpusImporter(TdaHome home, TimeProvider time)
{
    private const double Mebibyte = 1 << 20;

    /// <param name="path">A file, a folder, or a pattern of paths with <c>*</c> and <c>**</c>.</param>
    /// <param name="name">The corpus's name.</param>
    /// <param name="options">Limits and format.</param>
    /// <param name="progress">Gets the mebibytes read, of those that the files have.</param>
    /// <param name="cancel">Stops between documents; nothing is left.</param>
    /// <exception cref="BadInputException">Nothing there, nothing usable in it, or a file that breaks off.</exception>
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
        using (var task = progress.Start($"Importing {name}", files.Sum(file => file.Bytes) / Mebibyte, "MiB"))
        {
            long before = 0;
            long told = 0;
            foreach (var file in files.TakeWhile(_ => corpus.Count < options.MostDocuments))
            {
                AddDocuments(file, Tell);
                before += file.Bytes;
                task.Report(before / Mebibyte, $"{corpus.Count:N0} documents");
            }

            // Readers tell of every record; the place in the file moves by buffers.
            void Tell(long position)
            {
                if (before + position != told)
                {
                    told = before + position;
                    task.Report(told / Mebibyte, $"{corpus.Count:N0} documents");
                }
            }
        }

        // 4. The commit.
        if (corpus.Count == 0)
        {
            throw new BadInputException(
                path,
                $"holds no usable document: {tally.Reasons}",
                remedy: "Give JSON Lines, JSON, CSV or Parquet with a 'text' (or name it with --text-field), or a folder of texts or e-mails.");
        }

        var report = tally.Report(corpus.Count);
        Describe(corpus, path, files, options, report);
        corpus.Commit();
        return report;

        void AddDocuments(ImportFile file, Action<long> report)
        {
            foreach (var imported in reader.Read(file, report))
            {
                cancel.ThrowIfCancellationRequested();
                if (corpus.Add(imported.Document))
                {
                    tally.Keep(imported);
                }
                else
                {
                    tally.LeaveOut(imported);
                }

                if (corpus.Count >= options.MostDocuments)
                {
                    return;
                }
            }
        }
    }

    private static void Describe(CorpusWriter corpus, string path, List<ImportFile> files, ImportOptions options, ImportReport report)
    {
        corpus.Manifest.Command = "tda corpus import";
        corpus.Manifest.Options = (JsonObject)JsonSerializer.SerializeToNode(options, JsonDefaults.Options)!;
        corpus.Manifest.Options["path"] = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        corpus.Manifest.Inputs = InputHashes.Of(files);
        corpus.Manifest.Details["import"] = JsonSerializer.SerializeToNode(report, JsonDefaults.Options);
    }
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

    /// <summary>
    /// The encoding of texts and records, such as <c>windows-1252</c>. Default: what a byte-order mark says, else UTF-8. Mails name
    /// their own.
    /// </summary>
    public string? Encoding { get; init; }

    /// <summary>Source of documents that name none. Default: the sub-folder, or the file's name.</summary>
    public string? Source { get; init; }

    /// <summary>The field of records that is the text or chat, with dots into records. Default: the first of the usual names.</summary>
    public string? TextField { get; init; }

    /// <summary>The field that is the id. Default: the first of the usual names, else the text's hash.</summary>
    public string? IdField { get; init; }

    /// <summary>The field that is the source. Default: the first of the usual names.</summary>
    public string? SourceField { get; init; }

    /// <summary>The field that is the licence. Default: the first of the usual names, else the data set's.</summary>
    public string? LicenseField { get; init; }

    /// <summary>The field that is the owner. Default: the first of the usual names.</summary>
    public string? OwnerField { get; init; }

    /// <summary>Which split of a data set's folder to take; <c>all</c> takes all. Default: train where there is one, else all.</summary>
    public string? Split { get; init; }

    /// <summary>Which configuration of a data set's folder to take. Default: the only one, or the one that the card says.</summary>
    public string? Config { get; init; }

    /// <summary>Whether a mail's text starts with its subject line. Default: yes.</summary>
    public bool KeepSubject { get; init; } = true;

    /// <summary>Whether a corpus of that name may be replaced. Default: no.</summary>
    public bool Replace { get; init; }

    /// <summary>Larger documents are skipped, in bytes.</summary>
    internal int LargestDocument { get; init; } = DocumentReader.MaximumFileBytes;

    internal int MostDocuments => MaxDocuments ?? int.MaxValue;

    /// <summary>The encoding that <see cref="Encoding"/> names; throws on bytes that aren't of it. Null: none is named.</summary>
    internal System.Text.Encoding? Declared => Charset.Find(Encoding);

    /// <exception cref="UsageException">Names every option that is out of range, at once.</exception>
    public void Validate() => new OptionChecks()
        .AtLeast("the largest number of documents", MaxDocuments, 1)
        .AtLeast("the smallest number of characters", MinCharacters, 1)
        .Require(
            !(MaxCharacters < MinCharacters),
            $"the largest number of characters is {MaxCharacters}; it must be at least the smallest, {MinCharacters}")
        .Require(Source is not { Length: 0 }, $"the source is empty")
        .Require(
            new[] { TextField, IdField, SourceField, LicenseField, OwnerField }.All(field => field is not { Length: 0 }), $"a field's name is empty")
        .Require(
            new[] { TextField, IdField, SourceField, LicenseField, OwnerField }.OfType<string>() is var given
                && given.Distinct(StringComparer.Ordinal).Count() == given.Count(),
            $"one field is named for two parts of a document")
        .Require(
            Encoding is null || Declared is not null,
            $"the encoding '{Encoding}' isn't known; utf-16, windows-1252 and shift_jis are such names")
        .Throw("The import's");
}

/// <summary>What the files to import are.</summary>
public enum ImportFormat
{
    /// <summary>Told file by file: records by name or by their first bytes, mail by its first lines, pages by name, else text.</summary>
    Auto,

    /// <summary>One JSON object a line; see <see cref="RecordReader"/>.</summary>
    JsonLines,

    /// <summary>An array of such objects, or such objects one after the other.</summary>
    Json,

    /// <summary>Values between commas, semicolons or tabs; the first line names the fields.</summary>
    Csv,

    /// <summary>Apache Parquet: a record a row.</summary>
    Parquet,

    /// <summary>Text, one document a file.</summary>
    Text,

    /// <summary>E-mail, one document a file.</summary>
    Mail,
}
