using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tda.Core.Corpora;

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
    private const string Command = "tda corpus import";

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
        corpus.Manifest.Command = Command;
        corpus.Manifest.Options = (JsonObject)JsonSerializer.SerializeToNode(options, JsonDefaults.Options)!;
        corpus.Manifest.Options["path"] = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        corpus.Manifest.Inputs = InputHashes.Of(files);
        corpus.Manifest.Details["import"] = JsonSerializer.SerializeToNode(report, JsonDefaults.Options);
    }

    private static string Reasons(ImportReport report) => report.TotalSkipped == 0
        ? "there is nothing in it"
        : string.Join("; ", report.Skipped.Select(item => $"{item.Count} × {item.Reason}, such as {item.Examples[0]}"));
}
