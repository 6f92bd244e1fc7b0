using Tda.Curation.Formats;

namespace Tda.Cli.Verbs.Corpora;

/// <summary>`tda corpus import`: documents in, and what became of each of them.</summary>
internal static class CorpusImportVerb
{
    private static readonly Argument<string> From = new("PATH")
    {
        Description = "JSON Lines, JSON, CSV (plain, .gz or .zst) or Parquet file, a data set's folder as Hugging Face has them, a folder"
            + " of records, texts, pages or e-mails (sub-folders are sources), or a pattern such as 'crawl/**/*.jsonl.zst'",
    };
    private static readonly Option<string> Name = CliOption.Required("--name", "C", "The corpus's name");
    private static readonly Option<ImportFormat?> Format = EnumOption.Of<ImportFormat>("--format", "What the files are", ImportFormat.Auto);
    private static readonly Option<string?> Encoding = CliOption.Text("--encoding", "NAME",
        "Encoding of texts and records, such as windows-1252 (else their byte-order mark's, else UTF-8)");
    private static readonly Option<int?> Most = CliOption.Optional<int?>("--max-documents", "N", "Stop after this many documents");
    private static readonly Option<int> Shortest = CliOption.Default("--min-characters", "N", "Skip shorter documents", 1);
    private static readonly Option<int?> Longest = CliOption.Optional<int?>("--max-characters", "N", "Cut longer documents");
    private static readonly Option<string?> Source = CliOption.Text("--source", "S", "Source of documents that name none");
    private static readonly Option<string?> TextField = CliOption.Text("--text-field", "F",
        "Field of records that is the text or the chat, a.b for b inside a (else text, content, raw_content, body, document, article,"
        + " passage, messages, conversations)");
    private static readonly Option<string?> IdField = CliOption.Text("--id-field", "F", "Field that is the id (else id, doc_id, document_id, uuid, _id)");
    private static readonly Option<string?> SourceField = CliOption.Text("--source-field", "F",
        "Field that is the source (else source, data_source, dataset, subset)");
    private static readonly Option<string?> LicenseField = CliOption.Text("--license-field", "F", "Field that is the license (else license, licence)");
    private static readonly Option<string?> OwnerField = CliOption.Text("--owner-field", "F", "Field that is the owner (else owner, rights_holder)");
    private static readonly Option<string?> Split = CliOption.Text("--split", "S", "Split of a data set's folder, or all (else train, where there is one)");
    private static readonly Option<string?> Config = CliOption.Text("--config", "C", "Configuration of a data set's folder, where it has several");
    private static readonly Option<bool> Replace = CliOption.Flag("--replace", "Replace a corpus of this name");

    public static Command Build() => CommandExtensions.Verb("import", "Imports documents as a candidate corpus.",
        "tda corpus import documents.jsonl.gz --name web",
        From, Name, Format, TextField, IdField, SourceField, LicenseField, OwnerField, Split, Config, Encoding, Most, Shortest, Longest, Source,
        Replace).Runs(Import);

    private static int Import(VerbContext context)
    {
        var report = new CorpusImporter(context.Home, TimeProvider.System).Import(
            context.Get(From),
            context.Get(Name),
            new ImportOptions
            {
                Format = context.Get(Format)!.Value,
                Encoding = context.Get(Encoding),
                MaxDocuments = context.Get(Most),
                MinCharacters = context.Get(Shortest),
                MaxCharacters = context.Get(Longest),
                Source = context.Get(Source),
                TextField = context.Get(TextField),
                IdField = context.Get(IdField),
                SourceField = context.Get(SourceField),
                LicenseField = context.Get(LicenseField),
                OwnerField = context.Get(OwnerField),
                Split = context.Get(Split),
                Config = context.Get(Config),
                Replace = context.Get(Replace),
            },
            context.Progress,
            context.Cancel);
        return context.Done(report, console => Print(console, context.Get(Name), report));
    }

    private static void Print(IAnsiConsole console, string name, ImportReport report)
    {
        console.WriteLine($"{name}: {report.Documents:N0} documents of {report.Read:N0} read");
        if (report.Fields.Count > 0)
        {
            console.WriteLine($"  fields used: {Counts(report.Fields, report.Documents)}");
        }

        if (report.InMeta.Count > 0)
        {
            console.WriteLine($"  kept in meta: {Counts(report.InMeta, report.Documents)}");
        }

        if (report.EqualText + report.EqualId > 0)
        {
            console.WriteLine($"  left out: {report.EqualText:N0} of equal text, {report.EqualId:N0} of equal id");
        }

        if (report.OtherText is { } other)
        {
            console.WriteLine($"  {other.Count:N0} of these ids came with another text, e.g. {other.Examples[0]}");
        }

        if (report.Truncated > 0)
        {
            console.WriteLine($"  {report.Truncated:N0} cut at the largest number of characters");
        }

        foreach (var skipped in report.Skipped)
        {
            console.WriteLine($"  skipped {skipped.Count:N0} × {skipped.Reason}, e.g. {skipped.Examples[0]}");
        }

        foreach (var note in report.Notes)
        {
            console.WriteLine($"  note: {note}");
        }
    }

    /// <summary>Names, with their counts where not every document has them.</summary>
    private static string Counts(IReadOnlyDictionary<string, int> fields, int documents) =>
        string.Join(", ", fields.Select(field => field.Value == documents ? field.Key : $"{field.Key} ({field.Value:N0})"));
}
