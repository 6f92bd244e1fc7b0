using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Tda.Cli.CommandLine;
using Tda.Core.Corpora;
using Tda.Core.Scores;
using Tda.Curation.Runs;
using Tda.Evaluation;
using Tda.Evaluation.Classes;
using Tda.Evaluation.Detection;
using Tda.Scoring.Methods;

namespace Tda.Cli.Verbs.Evaluation;

/// <summary>`tda evaluate planted | mislabelled | split-half | classes`: what can be said of runs without retraining.</summary>
internal static class RunVerbs
{
    private static readonly Option<string> Run = new("--run") { Description = "Run to grade", Required = true, HelpName = "ID" };
    private static readonly Option<string> Source = new("--source") { Description = "The source that is known to be behind the queries", Required = true, HelpName = "S" };
    private static readonly Option<int[]> At = new("--at")
    {
        Description = "k of precision@k and recall@k; several are allowed",
        DefaultValueFactory = _ => [50],
        HelpName = "K",
        AllowMultipleArgumentsPerToken = true,
    };
    private static readonly Option<string> Flipped = new("--flipped") { Description = "Ids of the documents with wrong labels, one a line", Required = true, HelpName = "FILE" };
    private static readonly Option<string[]> Runs = new("--run")
    {
        Description = "Runs of an ensemble's members over the same queries and documents, at least two",
        Required = true,
        HelpName = "ID",
        AllowMultipleArgumentsPerToken = true,
    };
    private static readonly Option<string?> CorpusName = new("--corpus") { Description = "The run's corpus: answers are looked for in its texts", HelpName = "C" };
    private static readonly Option<int> Top = new("--top") { Description = "Documents that an answer is looked for in", DefaultValueFactory = _ => 10, HelpName = "K" };
    private static readonly Option<double> Tail = new("--tail") { Description = "Share of the positive scores that the power law is fitted on", DefaultValueFactory = _ => .1, HelpName = "S" };

    /// <summary>`planted`.</summary>
    public static Command BuildPlanted() => CommandExtensions.Verb("planted",
        "Whether documents of a source stand at the top of a run: AUROC, MRR, precision and recall, with intervals.",
        "tda evaluate planted --run guide-1 --source spam --at 10 50", Run, Source, At).Runs(Planted);

    /// <summary>`mislabelled`.</summary>
    public static Command BuildMislabelled() => CommandExtensions.Verb("mislabelled",
        "Whether documents with wrong labels are the strongest opponents of a run's queries.",
        "tda evaluate mislabelled --run run-1 --flipped flipped.txt", Run, Flipped).Runs(Mislabelled);

    /// <summary>`split-half`.</summary>
    public static Command BuildSplitHalf() => CommandExtensions.Verb("split-half",
        "Whether two halves of an ensemble rank documents alike.",
        "tda evaluate split-half --run member-0 member-1 member-2 member-3", Runs).Runs(Halves);

    /// <summary>`classes`.</summary>
    public static Command BuildClasses() => CommandExtensions.Verb("classes",
        "Analyses a run by the labels of its queries: correlation of classes, concentration, sources, and whether answers stand in the top documents.",
        "tda evaluate classes --run run-1 --corpus web --top 10", Run, CorpusName, Top, Tail).Runs(Classes);

    private static Task<int> Planted(VerbContext context)
    {
        var source = context.Get(Source);
        var ks = context.Get(At);
        if (ks.Length == 0 || ks.Any(k => k < 1))
        {
            throw new UsageException("--at takes whole numbers of at least 1");
        }

        using var run = ScoreRun.Open(context.Home.RunDirectory(context.Get(Run)));
        var candidates = RunScores.Candidates(run);
        bool[] positive = [.. candidates.Select(document => document.Source == source)];
        var count = positive.Count(p => p);
        if (count == 0)
        {
            throw new BadInputException(run.Directory, $"no scored document has the source '{source}'",
                remedy: $"sources: {string.Join(", ", candidates.Select(d => d.Source).Distinct().Order(StringComparer.Ordinal))}");
        }

        if (count == candidates.Count)
        {
            throw new BadInputException(run.Directory, $"every scored document has the source '{source}': there is nothing to tell it from");
        }

        var table = RunTable.Of(run);
        // A guide run's rows are its differential and the two parts: only the first ranks.
        int[] queries = [.. Enumerable.Range(0, table.Queries.Count).Where(q => table.Queries[q].Id == RunScores.Differential)];
        var result = PlantedGrader.Grade(
            queries.Length > 0 ? Only(table.Scores, queries) : table.Scores, [.. candidates.Select(d => d.Score)], positive, ks);
        var first = result.Mean.At[0];
        var shown = new
        {
            result.Mean.Documents,
            result.Mean.BaseRate,
            Auroc = result.Mean.Auroc.Value,
            PrecisionAtK = first.Precision.Value,
            RecallAtK = first.Recall.Value,
            first.K,
            result.Mean.FirstRank,
            Intervals = result,
        };
        return context.Measured(shown, console =>
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{source}: AUROC {result.Mean.Auroc}, base rate {result.Mean.BaseRate:F3}, first at rank {result.Mean.FirstRank} of {result.Mean.Documents:N0}"));
            foreach (var at in result.Mean.At)
            {
                console.WriteLine($"  precision@{at.K} {at.Precision}, recall@{at.K} {at.Recall}");
            }

            if (result.Queries > 1)
            {
                console.WriteLine($"  by query ({result.Queries:N0}): MRR {result.Mrr}, {string.Join(", ", result.RecallAt.Select(r => $"recall@{r.Key} {r.Value}"))}");
            }
        });
    }

    private static Task<int> Mislabelled(VerbContext context)
    {
        var table = Open(context, context.Get(Run));
        var file = context.Get(Flipped);
        if (!File.Exists(file))
        {
            throw new BadInputException(file, "there is no such file");
        }

        HashSet<string> flipped = [.. File.ReadLines(file).Select(line => line.Trim()).Where(line => line.Length > 0)];
        string[] unknown = [.. flipped.Except(table.Documents)];
        if (unknown.Length > 0)
        {
            throw new BadInputException(file, $"{unknown.Length} ids are not of the run, '{unknown[0]}' among them");
        }

        var result = MislabelledGrader.Grade(table.Scores, [.. table.Documents.Select(flipped.Contains)]);
        return context.Measured(result, console => console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{result.Detection.Positives:N0} wrong labels of {result.Detection.Documents:N0}: AUROC {result.Detection.Auroc}; found by inspecting {string.Join(", ", result.Inspected.Select(i => $"{i.Key}: {i.Value:P0}"))}")));
    }

    private static Task<int> Halves(VerbContext context)
    {
        RunTable[] tables = [.. context.Get(Runs).Select(id => Open(context, id))];
        if (tables.Any(t => !t.Documents.SequenceEqual(tables[0].Documents) || !t.Queries.Select(q => q.Id).SequenceEqual(tables[0].Queries.Select(q => q.Id))))
        {
            throw new BadInputException(context.Home.RunsDirectory, "the runs have different documents or queries");
        }

        var result = SplitHalf.Of([.. tables.Select(t => t.Scores)]);
        return context.Measured(result, console => console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{result.Members} members: halves correlate {result.HalfCorrelation:F3}; two ensembles of this size would correlate {result.Reliability:F3} (Spearman–Brown)")));
    }

    private static Task<int> Classes(VerbContext context)
    {
        var table = Open(context, context.Get(Run));
        var classes = ClassAnalysis.Of(table, context.Get(Tail));
        AnswerInTop? answers = null;
        if (context.Get(CorpusName) is { } name)
        {
            var texts = Corpus.Open(context.Home.CorpusDirectory(name)).Documents().ToDictionary(d => d.Id, d => d.Text, StringComparer.Ordinal);
            answers = AnswerInTop.Of(table, texts.GetValueOrDefault, context.Get(Top));
        }
        return context.Measured(new { Classes = classes, Answers = answers }, console => ClassText.Write(console, classes, answers));
    }

    private static RunTable Open(VerbContext context, string id)
    {
        using var run = ScoreRun.Open(context.Home.RunDirectory(id));
        return RunTable.Of(run);
    }

    private static ScoreMatrix Only(ScoreMatrix scores, int[] queries)
    {
        var chosen = new ScoreMatrix(queries.Length, scores.Documents);
        for (var i = 0; i < queries.Length; i++)
        {
            scores.Row(queries[i]).CopyTo(chosen.Row(i));
        }

        return chosen;
    }
}
