using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Tda.Cli.CommandLine;
using Tda.Core.Errors;
using Tda.Core.Scores;
using Tda.Curation.Documents;
using Tda.Curation.Runs;
using Tda.ProxyTrainer.Distillation;
using Tda.Scoring.Evaluation;

namespace Tda.Cli.Verbs;

/// <summary>`tda evaluate`: grades what a run or a surrogate says against what is known.</summary>
internal static class EvaluateVerb
{
    private static readonly Option<string> Run = new("--run") { Description = "Run to grade", Required = true, HelpName = "ID" };
    private static readonly Option<string> Source = new("--source") { Description = "The source that is known to be behind the queries", Required = true, HelpName = "S" };
    private static readonly Option<int> At = new("--at") { Description = "k of precision@k and recall@k", DefaultValueFactory = _ => 50, HelpName = "K" };
    private static readonly Option<string> SurrogateName = new("--surrogate") { Description = "Surrogate", Required = true, HelpName = "S" };

    /// <summary>Builds the verb.</summary>
    public static Command Build() => CommandExtensions.Verb("evaluate",
        "Grades a ranking against a planted source, or a surrogate against the closed model.",
        "tda evaluate planted --run guide-1 --source spam",
        CommandExtensions.Verb("planted", "How well a run ranks the documents of a known source: AUROC, precision@k, recall@k, first hit.",
            "tda evaluate planted --run guide-1 --source spam --at 50", Run, Source, At).Runs(Planted),
        CommandExtensions.Verb("fidelity", "How well a surrogate predicts the closed model's held-out answers, as measured when it was distilled.",
            "tda evaluate fidelity --surrogate small", SurrogateName).Runs(FidelityOf),
        CalibrateVerb.Build());

    private static Task<int> Planted(VerbContext context)
    {
        string source = context.Get(Source);
        int k = context.Get(At);
        using ScoreRun run = ScoreRun.Open(context.Home.RunDirectory(context.Get(Run)));
        IReadOnlyList<CandidateDocument> candidates = RunScores.Candidates(run);
        List<double> scores = [.. candidates.Select(document => document.Score)];
        List<bool> positive = [.. candidates.Select(document => document.Source == source)];
        int count = positive.Count(p => p);
        if (count == 0)
            throw new BadInputException(run.Directory, $"no scored document has the source '{source}'",
                remedy: $"sources: {string.Join(", ", candidates.Select(d => d.Source).Distinct().Order(StringComparer.Ordinal))}");
        if (count == candidates.Count)
            throw new BadInputException(run.Directory, $"every scored document has the source '{source}': there is nothing to tell it from");
        int first = 1 + candidates.OrderByDescending(d => d.Score).TakeWhile(d => d.Source != source).Count();
        var result = new
        {
            Documents = candidates.Count,
            BaseRate = count / (double)candidates.Count,
            Auroc = Ranking.Auroc(scores, positive),
            PrecisionAtK = Ranking.PrecisionAt(Math.Min(k, scores.Count), scores, positive),
            RecallAtK = Ranking.RecallAt(Math.Min(k, scores.Count), scores, positive),
            K = k,
            FirstRank = first,
        };
        return Task.FromResult(context.Done(result, console => console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{source}: AUROC {result.Auroc:F3}, precision@{k} {result.PrecisionAtK:F3} (base rate {result.BaseRate:F3}), recall@{k} {result.RecallAtK:F3}, first at rank {first} of {result.Documents:N0}"))));
    }

    private static Task<int> FidelityOf(VerbContext context)
    {
        string directory = context.Home.SurrogateDirectory(context.Get(SurrogateName));
        Surrogate surrogate = Surrogate.Open(directory);
        List<FidelityResult> measured = [.. Enumerable.Range(0, surrogate.MemberDirectories.Count).Select(surrogate.Fidelity).OfType<FidelityResult>()];
        if (measured.Count == 0)
            throw new BadInputException(directory, "no exchange was held out when this surrogate was distilled, so its fidelity is unknown");
        return Task.FromResult(context.Done(measured, console =>
        {
            foreach (FidelityResult f in measured)
            {
                console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{f.Answers} held-out answers: {f.NatsPerToken:F3} nats/token (perplexity {f.Perplexity:F1}); unigram {f.UnigramNatsPerToken:F3}, untrained {f.UntrainedNatsPerToken:F3}; rank correlation {f.RankCorrelation:F3} over {f.RankedAnswers}"));
            }
        }));
    }
}
