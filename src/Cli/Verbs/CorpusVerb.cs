using Tda.Cli.Verbs.Corpora;

namespace Tda.Cli.Verbs;

/// <summary>`tda corpus`: candidate corpora in and out.</summary>
internal static class CorpusVerb
{
    private static readonly Argument<string> Which = new("C") { Description = "The corpus's name" };

    public static Command Build() => CommandExtensions.Verb("corpus", "Imports, lists, shows and exports candidate corpora.",
        "tda corpus import ./mail --name mail",
        CorpusImportVerb.Build(),
        CommandExtensions.Verb("list", "Lists the corpora.", "tda corpus list").Runs(List),
        CommandExtensions.Verb("show", "Shows a corpus: documents, sources, first texts.", "tda corpus show web", Which).Runs(Show),
        CorpusExportVerb.Build());

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
