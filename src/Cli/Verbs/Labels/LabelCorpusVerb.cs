using Tda.Labels.Labelers;

namespace Tda.Cli.Verbs.Labels;

/// <summary>`tda label corpus`: labels documents, beside the corpus.</summary>
internal static class LabelCorpusVerb
{
    private static readonly Argument<string> Which = new("C") { Description = "The corpus" };
    private static readonly Option<string?> Set = CliOption.Text("--set", "SET", "Name of the set of labels; default the labeler's or its file's");
    private static readonly Option<bool> Replace = CliOption.Flag("--replace", "Replace a set that another labeler, or another version of this one, made");

    public static Command Build() => CommandExtensions.Verb("corpus",
        "Labels a corpus's documents, each label from 0 (no) to 1 (yes), into labels.SET.jsonl beside them. Goes on where a stopped one left off.",
        "tda label corpus mail --with spam", Which, LabelingOptions.With, LabelingOptions.Name, Set, LabelingOptions.Concurrency, Replace).Runs(RunAsync).Resumes();

    private static async Task<int> RunAsync(VerbContext context)
    {
        var corpus = Corpus.Open(context.Home.CorpusDirectory(context.Get(Which)));
        var labeler = LabelingOptions.Open(context);
        var name = context.Get(Set) ?? LabelCondition.NameOf(Path.GetFileNameWithoutExtension(context.Get(LabelingOptions.With).Split(':', 2)[^1].TrimEnd('/')));
        var labels = CorpusLabels.Open(corpus.Directory);
        var standing = labels.Sets.FirstOrDefault(set => set.Name == name);
        var tally = new LabelTally(labeler);
        var isThere = standing is not null && standing.By == labeler.Name && standing.Labels.SequenceEqual(labeler.Labels);
        if (standing is not null && !isThere && !context.Get(Replace))
        {
            throw new UsageException($"{corpus.Name} has labels '{name}' by {standing.By} already. Choose another --set, or replace them (--replace).");
        }

        var made = standing;
        var resumed = 0;
        if (isThere)
        {
            foreach (var document in labels.Read(standing!))
            {
                tally.Add(document.Values);
            }
        }
        else
        {
            (made, resumed) = await LabelAsync(context, corpus, labeler, name, tally);
        }

        var shown = new
        {
            Corpus = corpus.Name,
            Set = name,
            By = labeler.Name,
            made!.Documents,
            Already = isThere ? made.Documents : resumed,
            tally.Unjudged,
            tally.Cut,
            Labels = tally.Labels(),
            Usage = tally.Cost(context.Home),
            Path = Path.Combine(corpus.Directory, $"labels.{name}.jsonl"),
        };
        return context.Done(shown, console =>
        {
            LabelTally.Say(console, shown.Already, isThere ? "documents had these labels already: nothing was done" : "documents were labelled by a stopped run");
            tally.Print(console, label => $"{name}/{label}>=.5");
            LabelTally.Print(console, shown.Usage);
            console.WriteLine($"{made.Documents:N0} documents; labels by {labeler.Name}");
        });
    }

    private static async Task<(LabelSet Set, int Resumed)> LabelAsync(VerbContext context, Corpus corpus, ILabeler labeler, string name, LabelTally tally)
    {
        using var writer = CorpusLabelWriter.Start(corpus, name, labeler.Name);
        var resumed = writer.Done;
        foreach (var kept in writer.Kept())
        {
            tally.Add(kept.Values);
        }

        // Results come in any order, and lines in the corpus's: those that are early wait.
        var waiting = new SortedDictionary<long, LabelResult>();
        var ids = new Queue<string>();
        using var task = context.Progress.Start("labelling", corpus.Count, "documents");
        await foreach (var result in labeler.LabelAsync(DocumentsAsync(), context.Cancel))
        {
            tally.Add(result);
            waiting[result.Index] = result;
            while (waiting.Remove(writer.Done, out var next))
            {
                string id;
                lock (ids)
                {
                    id = ids.Dequeue();
                }

                writer.Add(new DocumentLabels(id, next.Values));
            }

            task.Report(writer.Done);
        }

        return (writer.Commit(labeler.Labels, TimeProvider.System), resumed);

        async IAsyncEnumerable<LabelInput> DocumentsAsync()
        {
            await Task.Yield(); // documents are read while others are judged
            long index = resumed;
            foreach (var document in corpus.Documents().Skip(resumed))
            {
                lock (ids)
                {
                    ids.Enqueue(document.Id);
                }

                yield return new LabelInput(index++, "", document.Text);
            }
        }
    }
}
