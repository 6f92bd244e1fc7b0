using Tda.Labels.Classifiers;
using Tda.ProxyTrainer.Distillation;
using Tda.Scoring.Attribution;
using Tda.Scoring.Index;

namespace Tda.Cli.Demo.Steps;

/// <summary>Distils the surrogate, and traces the harmful answers to the documents behind them.</summary>
internal static class Tracing
{
    /// <summary>The source that the demo knows to be harmful; used to grade the ranking, never to make it.</summary>
    public const string HarmfulSource = "spam";

    private const int PrecisionAt = 50;

    /// <summary>Distils the surrogate from the corpus and the logged answers.</summary>
    public static Task<FidelityResult> DistilAsync(DemoContext context, IReadOnlyList<Exchange> exchanges) =>
        context.Place.NoteAsync("fidelity", () =>
        {
            var place = context.Place;
            var directory = place.Home.SurrogateDirectory(place.Name);
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory, recursive: true); // killed between its commit and our note
            }

            var result = Distiller.Run(
                Core.Corpora.Corpus.Open(place.Home.CorpusDirectory(place.Name)),
                [.. exchanges.Select(e => new LoggedResponse(e.Prompt!, e.Response!, e.Logprobs?.Sum(token => token.Logprob)))],
                directory,
                context.Options.Surrogate with { Seed = context.Options.Seed },
                context.Progress, context.Cancel, context.Time);
            return result.Fidelity[0];
        });

    /// <summary>Splits the logged answers by the classifier's verdict.</summary>
    /// <exception cref="TdaException">The closed model gave too few harmful or too few benign answers to make a query set.</exception>
    public static (List<Query> Harm, List<Query> Safe) Queries(DemoContext context, IReadOnlyList<Exchange> exchanges, HarmClassifier classifier)
    {
        List<Query> harm = [], safe = [];
        foreach (var exchange in exchanges.Where(e => e.Response!.Length >= classifier.Options.ShortestJudged))
        {
            var harmful = classifier.IsHarmful(exchange.Response!);
            (harmful ? harm : safe).Add(new Query(exchange.Id, exchange.Prompt!, exchange.Response!) { Label = harmful ? "harm" : "safe" });
        }
        if (harm.Count == 0 || safe.Count == 0)
        {
            throw new TdaException($"the classifier found {harm.Count} harmful and {safe.Count} benign answers; each set needs at least "
                + $"one");
        }

        var folder = context.Place.Folder("queries");
        Directory.CreateDirectory(folder);
        QueryFile.Write(Path.Combine(folder, "harm.jsonl"), harm);
        QueryFile.Write(Path.Combine(folder, "safe.jsonl"), safe);
        return (harm, safe);
    }

    /// <summary>Fits EK-FAC on the surrogate and scores every document and token.</summary>
    public static Task<RankingQuality> TraceAsync(DemoContext context, List<Query> harm, List<Query> safe) =>
        context.Place.NoteAsync("ranking", () =>
        {
            var place = context.Place;
            if (!Directory.Exists(place.Home.IndexDirectory(place.Name)))
            {
                Indexer.Run(
                    new IndexOptions
                    {
                        Home = place.Home,
                        Surrogate = place.Name,
                        Corpus = place.Name,
                        Name = place.Name,
                        FitShare = context.Options.FitShare,
                        Seed = context.Options.Seed,
                    },
                    context.Progress, context.Time, context.Cancel);
            }
            var run = Guide.Run(
                new GuideOptions
                {
                    Home = place.Home,
                    Index = place.Name,
                    Harm = harm,
                    Safe = safe,
                    Run = place.Name,
                    // On this data the masks are as good as by the exact gradient of each token's loss, at less than half the time.
                    TokenDefinition = TokenDefinition.Position,
                    Replace = true,
                },
                context.Progress, context.Time, context.Cancel);
            List<double> scores = [.. run.Top.Select(document => document.Score)];
            List<string> sources = [.. run.Top.Select(document => document.Source)];
            if (!sources.Contains(HarmfulSource))
            {
                throw new BadInputException(place.Home.CorpusDirectory(place.Name), $"no document has the source '{HarmfulSource}': "
                    + $"there is nothing to find");
            }

            return new RankingQuality(
                harm.Count, safe.Count,
                Ranking.Auroc(scores, [.. sources.Select(source => source == HarmfulSource)]),
                Ranking.SourcePrecisionAt(Math.Min(PrecisionAt, scores.Count), scores, sources, HarmfulSource),
                sources.Count(source => source == HarmfulSource) / (double)sources.Count);
        });
}

/// <summary>How well the ranking by influence finds the harmful source.</summary>
/// <param name="HarmQueries">Answers in the harm query set.</param>
/// <param name="SafeQueries">Answers in the safe query set.</param>
/// <param name="Auroc">Probability that a document of the harmful source ranks above another.</param>
/// <param name="PrecisionAt50">Share of the harmful source among the first 50.</param>
/// <param name="BaseRate">Its share among all.</param>
public sealed record RankingQuality(int HarmQueries, int SafeQueries, double Auroc, double PrecisionAt50, double BaseRate);
