using Tda.Curation.Selection;
using Tda.Evaluation;
using Tda.Evaluation.Detection;
using Tda.Scoring.Methods;

namespace Tda.Cli.Verbs.Evaluate;

/// <summary>`tda evaluate planted`: does a known source stand at the top of a run?</summary>
internal static class PlantedVerb
{
    private static readonly Option<string> Run = CliOption.Required("--run", "ID", "Run to grade");
    private static readonly Option<string> Source = CliOption.Required("--source", "S",
        "The source that is known to be behind the queries");
    private static readonly Option<int[]> At = new("--at")
    {
        Description = "k of precision@k and recall@k; several are allowed",
        DefaultValueFactory = _ => [50],
        HelpName = "K",
        AllowMultipleArgumentsPerToken = true,
    };

    public static Command Build() => CommandExtensions.Verb("planted",
        "Whether documents of a source stand at the top of a run: AUROC, MRR, precision and recall, with intervals.",
        "tda evaluate planted --run guide-1 --source spam --at 10 50", Run, Source, At).Runs(Planted);

    private static int Planted(VerbContext context)
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
            throw new BadInputException(run.Directory, $"every scored document has the source '{source}': there is nothing to tell it "
                + $"from");
        }

        var table = RunTable.Of(run);
        // A guide run's rows are its differential and the two parts: only the first ranks.
        int[] queries = [.. Enumerable.Range(0, table.Queries.Count).Where(q => table.Queries[q].Id == ScoreFormat.Differential)];
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
            console.WriteLine(
                $"{source}: AUROC {result.Mean.Auroc}, base rate {result.Mean.BaseRate:F3}, first at rank {result.Mean.FirstRank} of "
                    + $"{result.Mean.Documents:N0}");
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
