using Tda.Cli.Verbs.Corpora;
using Tda.Cli.Verbs.Curate;
using Tda.Curation.Ledger;
using Tda.Curation.Plans;
using Tda.GatewayHost.Terminal;

namespace Tda.Cli.Verbs;

/// <summary>`tda corpus`: candidate corpora in and out.</summary>
internal static class CorpusVerb
{
    private const int MostListed = 20;

    private static readonly Argument<string> Which = new("C") { Description = "The corpus's name" };
    private static readonly Option<string?> Id = CliOption.Text("--id", "PREFIX", "Show the document whose id begins so, whole; several are listed");

    public static Command Build() => CommandExtensions.Verb("corpus", "Imports, lists, shows and exports candidate corpora.",
        "tda corpus import ./mail --name mail",
        CorpusImportVerb.Build(),
        CommandExtensions.Verb("list", "Lists the corpora.", "tda corpus list").Runs(List),
        CommandExtensions.Verb("show", "Shows a corpus: documents, sources, first texts.", "tda corpus show web", Which, Id).Runs(Show),
        CorpusExportVerb.Build());

    private static int List(VerbContext context)
    {
        var root = context.Home.CorporaDirectory;
        var corpora = ArtifactDirectory.List(root).Select(path => Corpus.Open(path, verify: false))
            .Select(corpus => new { corpus.Name, Documents = corpus.Count, corpus.Sources }).ToList();
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
        if (context.Get(Id) is { } prefix)
        {
            return ShowDocuments(context, corpus, prefix);
        }

        List<Document> first = [.. corpus.Documents().Take(5)];
        var curation = CurationFiles.In(corpus.Directory, CurationSummary.FileName) is { } file ? CurationSummary.Read(file) : null;
        var shown = new { corpus.Name, corpus.Directory, Documents = corpus.Count, corpus.Sources, corpus.ContentHash, Curation = curation, First = first };
        return context.Done(shown, console =>
        {
            console.WriteLine($"{corpus.Name} in {corpus.Directory}: {corpus.Count:N0} documents, content {corpus.ContentHash[..16]}");
            foreach ((var source, var count) in corpus.Sources)
            {
                console.WriteLine($"  {source}: {count:N0}");
            }

            if (curation is not null)
            {
                console.WriteLine($"curated from {curation.Corpus} ({curation.Documents:N0} documents); tda curate explain tells the way of one:");
                CurationTable.WriteStages(console, curation);
            }

            foreach (var document in first)
            {
                console.WriteLine($"{document.Id} [{document.Source}] {(document.Text.Length > 100 ? document.Text[..100] + "…" : document.Text)}");
            }
        });
    }

    private static int ShowDocuments(VerbContext context, Corpus corpus, string prefix)
    {
        List<Document> found = [.. corpus.Documents().Where(document => document.Id.StartsWith(prefix, StringComparison.Ordinal))];
        if (found.Count == 0)
        {
            throw new BadInputException(corpus.Directory, $"no document's id begins with '{prefix}'", remedy: "tda corpus show without --id shows the first ones.");
        }

        // An id that is also the beginning of others names its own document.
        found = found.Find(document => document.Id == prefix) is { } exact ? [exact] : found;
        return context.Done(new { corpus.Name, Matches = found.Count, Documents = found.Take(MostListed) }, console =>
        {
            var output = console.Profile.Out.Writer;
            if (found is [var one])
            {
                output.WriteLine($"{one.Id}  source {one.Source}{(one.License is { } license ? $", licence {license}" : "")}{(one.Owner is { } owner ? $", owner {owner}" : "")}");
                output.WriteLine();
                output.WriteLine(one.Text);
                return;
            }

            console.WriteRecords([["id", "source"]], ["text"], found.Take(MostListed).Select(document => (string[])[document.Id, document.Source, document.Text]));
            console.WriteLine($"{found.Count:N0} documents' ids begin with '{prefix}': write more of one to read it");
        });
    }
}
