using Tda.Evaluation.Detection;
using Tda.GatewayHost.Terminal;

namespace Tda.Cli.Verbs.Evaluate;

/// <summary>`tda evaluate mislabelled`: which labels are wrong, and how well that is found.</summary>
internal static class MislabelledVerb
{
    private const int IdsShown = 32;

    private static readonly Option<string?> Run = CliOption.Text("--run", "ID", "Run to grade, with --flipped");
    private static readonly Option<string?> Flipped = CliOption.Text("--flipped", "FILE",
        "Ids of the documents with wrong labels, one a line");
    private static readonly Option<string?> CorpusName = CliOption.Text("--corpus", "C", "Labelled corpus whose labels are suspected");
    private static readonly Option<string> Label = CliOption.Default("--label", "FIELD", "Field of the documents' meta that is the label, or source", "label");
    private static readonly Option<string?> Right = CliOption.Text("--right", "FILE", "Ids of documents whose labels are right, one a line");
    private static readonly Option<double> Plant = CliOption.Default("--plant", "SHARE",
        "Gives this share of the labels a wrong value first, to see how many are found", 0.0).Within(0, 1);
    private static readonly Option<int> Seed = CliOption.Default("--seed", "N", "Chooses the planted labels", 0);
    private static readonly Option<int> Top = CliOption.Default("--top", "N", "Most suspicious documents shown", 20).AtLeast(1);

    public static Command Build()
    {
        var command = CommandExtensions.Verb("mislabelled",
            "Which labels of a corpus are likely wrong: by self-influence, by loss, and by influence on examples with right labels. Of a run: whether "
            + "documents with wrong labels are the strongest opponents of its queries.",
            "tda evaluate mislabelled --corpus labelled --label harmful --right checked.txt", CorpusName, Label, Right, Plant, Seed, Top, Run, Flipped).Runs(Mislabelled)
            .Grouped("Grading a run", Run, Flipped);
        command.Validators.Add(parsed =>
        {
            if ((parsed.GetResult(Run) is null) == (parsed.GetResult(CorpusName) is null))
            {
                parsed.AddError("Name either a labelled corpus (--corpus C) or a run to grade (--run ID)");
            }

            if (parsed.GetResult(Run) is not null && parsed.GetResult(Flipped) is null)
            {
                parsed.AddError("--run is graded against --flipped FILE");
            }
        });
        return command;
    }

    private static int Mislabelled(VerbContext context) =>
        context.Get(CorpusName) is { } corpus ? Suspect(context, Corpus.Open(context.Home.CorpusDirectory(corpus), verify: false)) : GradeRun(context, context.Get(Run)!);

    private static int Suspect(VerbContext context, Corpus corpus)
    {
        context.ConfigureEngine();
        var right = context.Get(Right) is { } file ? Ids(file) : [];
        var labelled = LabelledCorpus.Read(corpus, context.Get(Label), right, context.Get(Plant), context.Get(Seed));
        bool[] wrong = [.. labelled.Planted];
        if (context.Get(Flipped) is { } known)
        {
            var flipped = Ids(known);
            wrong = [.. labelled.Task.Documents.Select((id, d) => wrong[d] || flipped.Contains(id))];
        }

        var suspicion = LabelSuspicion.Of(labelled.Task, context.Progress, context.Cancel);
        var grades = wrong.Contains(true) ? suspicion.Measures.ToDictionary(measure => measure.Name, measure => MislabelledGrader.Grade(measure.Scores, wrong)) : null;
        var by = suspicion.Measures.First();
        SuspectedLabel[] top =
        [
            .. Enumerable.Range(0, suspicion.Documents.Count).OrderByDescending(d => by.Scores[d]).ThenBy(d => suspicion.Documents[d], StringComparer.Ordinal)
                .Take(context.Get(Top)).Select(d => new SuspectedLabel(
                    suspicion.Documents[d], labelled.Classes[labelled.Task.Labels[d]], by.Scores[d], suspicion.Loss[d], wrong.Contains(true) ? wrong[d] : null))
        ];
        var shown = new { Documents = suspicion.Documents.Count, Right = right.Count, RankedBy = by.Name, Suspects = top, Grades = grades };
        return context.Measured(shown, console =>
        {
            console.WriteTable(["document", "label", by.Name, "loss"], top.Select(one => (string[])
                [RankingTable.Fitted(one.Id, IdsShown), one.Label, one.Suspicion.ToString("G3", CultureInfo.InvariantCulture), $"{one.Loss:F2}"]));
            foreach (var (name, grade) in grades ?? [])
            {
                Print(console, $"{name}: ", grade);
            }
        });
    }

    private static int GradeRun(VerbContext context, string run)
    {
        var table = context.OpenTable(run);
        var file = context.Get(Flipped)!;
        var flipped = Ids(file);
        string[] unknown = [.. flipped.Except(table.Documents)];
        if (unknown.Length > 0)
        {
            throw new BadInputException(file, $"the run doesn't have {unknown.Length} of these ids; one of them is '{unknown[0]}'");
        }

        var result = MislabelledGrader.Grade(table.Scores, [.. table.Documents.Select(flipped.Contains)]);
        return context.Measured(result, console => Print(console, "", result));
    }

    private static void Print(IAnsiConsole console, string whose, MislabelledResult result) => console.WriteLine(
        $"{whose}{result.Detection.Positives:N0} wrong labels of {result.Detection.Documents:N0}: AUROC {result.Detection.Auroc}; found by inspecting {string.Join(", ", result.Inspected.Select(i => $"{i.Key}: {i.Value:P0}"))}");

    private static HashSet<string> Ids(string file) => File.Exists(file)
        ? [.. File.ReadLines(file).Select(line => line.Trim()).Where(line => line.Length > 0)]
        : throw new BadInputException(file, "there is no such file");

    /// <summary>A document whose label is suspected.</summary>
    private sealed record SuspectedLabel(string Id, string Label, double Suspicion, double Loss, bool? Wrong);
}
