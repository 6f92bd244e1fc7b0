using System.CommandLine;
using Tda.Bench.Running;
using Tda.Evaluation.Banks;
using Tda.Evaluation.Lds;
using Tda.ProxyTrainer.Engine;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;

namespace Tda.Bench.Studies;

/// <summary>
/// The verb `sampled-fit`: EK-FAC scores with covariances of a sample of the documents against those of the whole fit, on the text bank;
/// beside it, two whole fits that differ in the seed of the labels alone.
/// </summary>
internal static class SampledFitCommand
{
    private static readonly int[] TokensPerColumn = [1, 2, 4, 8, 16, 32, 64];
    private static readonly (string Name, string Folder)[] Models = [("S0", "lab:text-closed"), ("S3", "surrogate:text-s3")];

    public static Command Build()
    {
        var home = new Option<string>("--home")
        {
            Description = "Tda home with the text bank that `banks` made.",
            DefaultValueFactory = _ => "bench-banks",
        };
        var seeds = new Option<int>("--seeds") { Description = "Seeds of labels and samples.", DefaultValueFactory = _ => 3 };
        var results = new Option<string>("--results")
        {
            Description = "Where the JSON goes.",
            DefaultValueFactory = _ => Path.Combine("bench", "results"),
        };
        var verb = new Command("sampled-fit", "What EK-FAC loses when covariances are taken over a sample of the documents.")
        {
            home, seeds, results,
        };
        verb.SetAction((parse, _) =>
        {
            TensorEngine.Configure(new EngineOptions { Threads = 1, Device = "cpu" });
            var report = new SampledFitReport(Machine.Inspect(), []);
            foreach ((var name, var model) in Models)
            {
                Run(new TdaHome(parse.GetValue(home)!), name, model, parse.GetValue(seeds), report.Lines);
                report.Write(parse.GetValue(results)!);
            }
            return Task.FromResult(0);
        });
        return verb;
    }

    private static void Run(TdaHome home, string name, string model, int seeds, List<SampledFitLine> lines)
    {
        var outcomes = RetrainingBank.Open(home.BankDirectory("text")).Outcomes();
        ScoreMatrix? first = null;
        for (long seed = 0; seed < seeds; seed++)
        {
            using var models = new TextBankModels(
                Corpus.Open(home.CorpusDirectory("text")), QueryFile.Read(Path.Combine(home.Root, "demo", "text", "queries.jsonl")),
                outcomes.Documents, outcomes.Queries, new CaptureOptions { Seed = seed });
            var parts = model.Split(':');
            var scenario = parts[0] == "lab"
                ? models.Folder(name, home.LabDirectory(parts[1]))
                : models.Surrogate(name, home.SurrogateDirectory(parts[1]));
            var member = scenario.Members[0];
            (var whole, var all) = Score(member, outcomes, 0);
            Add(new SampledFitLine(name, seed, 0, all, 1, first is null ? null : Agreement(first, whole), Lds(whole, outcomes)));
            first ??= whole;
            foreach (var tokens in TokensPerColumn)
            {
                (var sampled, var counted) = Score(member, outcomes, tokens);
                if (counted < all)
                {
                    Add(new SampledFitLine(
                        name, seed, tokens, counted, counted / (double)all, Agreement(whole, sampled), Lds(sampled, outcomes)));
                }
            }
        }

        void Add(SampledFitLine line)
        {
            lines.Add(line);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{line.Model} seed {line.Seed}  {line.TokensPerColumn,3} tokens a column, {line.Tokens,7} tokens ({line.Share:P0})"));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  Spearman {line.Spearman,6:F4}  LDS {line.Lds:F3}"));
        }
    }

    private static (ScoreMatrix Scores, long Tokens) Score(GradedMember member, RetrainingOutcomes outcomes, int tokensPerColumn)
    {
        Target[] targets = [.. outcomes.Queries.Select((id, q) => new Target(id, [q]))];
        var context = member.Context;
        var options = new EkfacOptions { CovarianceTokens = tokensPerColumn };
        using var factors = new EkfacFitter(context.Capture, options).Fit(context.Documents);
        using var influence = AttributionMethods.Create(
            "ekfac", context with { Factors = factors }, new MethodOptions(), NullProgress.Instance, default);
        var scores = influence.Score(
            context.Documents, member.Queries, targets, influence.DefaultNormalisation, _ => { }, NullProgress.Instance, default);
        return (scores, factors.Tokens);
    }

    private static double Lds(ScoreMatrix scores, RetrainingOutcomes outcomes) =>
        LdsGrader.Grade(scores, outcomes, new BootstrapOptions { Resamples = 0 }).Lds.Value;

    // Over documents, query by query.
    private static double Agreement(ScoreMatrix x, ScoreMatrix y) =>
        Enumerable.Range(0, x.Targets).Average(q => Correlation.Spearman(Numbers(x, q), Numbers(y, q)));

    private static double[] Numbers(ScoreMatrix scores, int query) => [.. scores.Row(query).ToArray().Select(value => (double)value)];
}
