using Tda.Curation.Formats;

namespace Tda.Cli.Verbs;

/// <summary>`tda corpus`: candidate corpora in and out.</summary>
internal static class CorpusVerb
{
    private static readonly Argument<string> From = new("PATH")
    {
        Description = "JSON Lines file (plain or .gz), or a folder of texts or e-mails; sub-folders are sources",
    };
    private static readonly Option<string> Name = CliOption.Required("--name", "C", "The corpus's name");
    private static readonly Option<ImportFormat?> Format = EnumOption.Of<ImportFormat>("--format", "What the files are", ImportFormat.Auto);
    private static readonly Option<int?> Most = CliOption.Optional<int?>("--max-documents", "N", "Stop after this many documents");
    private static readonly Option<int> Shortest = CliOption.Default("--min-characters", "N", "Skip shorter documents", 1);
    private static readonly Option<int?> Longest = CliOption.Optional<int?>("--max-characters", "N", "Cut longer documents");
    private static readonly Option<string?> Source = CliOption.Text("--source", "S", "Source of documents that name none");
    private static readonly Option<bool> Replace = CliOption.Flag("--replace", "Replace a corpus of this name");
    private static readonly Argument<string> Which = new("C") { Description = "The corpus's name" };

    public static Command Build() => CommandExtensions.Verb("corpus", "Imports, lists and shows candidate corpora.",
        "tda corpus import ./mail --name mail",
        CommandExtensions.Verb("import", "Imports documents as a candidate corpus.", "tda corpus import documents.jsonl.gz --name web",
            From, Name, Format, Most, Shortest, Longest, Source, Replace).Runs(Import),
        CommandExtensions.Verb("list", "Lists the corpora.", "tda corpus list").Runs(List),
        CommandExtensions.Verb("show", "Shows a corpus: documents, sources, first texts.", "tda corpus show web", Which).Runs(Show));

    private static int Import(VerbContext context)
    {
        var report = new CorpusImporter(context.Home, TimeProvider.System).Import(
            context.Get(From),
            context.Get(Name),
            new ImportOptions
            {
                Format = context.Get(Format)!.Value,
                MaxDocuments = context.Get(Most),
                MinCharacters = context.Get(Shortest),
                MaxCharacters = context.Get(Longest),
                Source = context.Get(Source),
                Replace = context.Get(Replace),
            },
            context.Progress,
            context.Cancel);
        return context.Done(report, console =>
        {
            console.WriteLine($"{context.Get(Name)}: {report.Documents:N0} documents, {report.Duplicates:N0} duplicates left out, "
                + $"{report.Truncated:N0} cut, {report.TotalSkipped:N0} skipped");
            foreach (var skipped in report.Skipped)
            {
                console.WriteLine($"  {skipped.Count:N0} × {skipped.Reason}, e.g. {skipped.Examples[0]}");
            }
        });
    }

    private static int List(VerbContext context)
    {
        var root = context.Home.CorporaDirectory;
        var corpora = Directory.Exists(root)
            ? Directory.GetDirectories(root).Where(path => !Path.GetFileName(path).Contains('.', StringComparison.Ordinal)
                && File.Exists(Path.Combine(path, "manifest.json"))).Order(StringComparer.Ordinal)
                .Select(path => Corpus.Open(path, verify: false))
                .Select(corpus => new { corpus.Name, Documents = corpus.Count, corpus.Sources }).ToList()
            : [];
        return context.Done(corpora, console =>
        {
            foreach (var corpus in corpora)
            {
                console.WriteLine($"{corpus.Name}: {corpus.Documents:N0} documents ({string.Join(", ", corpus.Sources.Select(s => $"{s.Key} {s.Value:N0}"))})");
            }

            if (corpora.Count == 0)
            {
                console.WriteLine($"no corpora in {root}; `tda corpus import` makes one");
            }
        });
    }

    private static int Show(VerbContext context)
    {
        var corpus = Corpus.Open(context.Home.CorpusDirectory(context.Get(Which)));
        List<Document> first = [.. corpus.Documents().Take(5)];
        var shown = new { corpus.Name, corpus.Directory, Documents = corpus.Count, corpus.Sources, corpus.ContentHash, First = first };
        return context.Done(shown, console =>
        {
            console.WriteLine($"{corpus.Name} in {corpus.Directory}: {corpus.Count:N0} documents, content {corpus.ContentHash[..16]}");
            foreach ((var source, var count) in corpus.Sources)
            {
                console.WriteLine($"  {source}: {count:N0}");
            }

            foreach (var document in first)
            {
                console.WriteLine($"{document.Id} [{document.Source}] {(document.Text.Length > 100 ? document.Text[..100] + "…" : document.Text)}");
            }
        });
    }
}
