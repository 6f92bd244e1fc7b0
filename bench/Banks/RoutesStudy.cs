using Tda.Bench.Running;
using Tda.Evaluation.Banks;
using Tda.Evaluation.Lds;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.Scoring.Attribution;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;

namespace Tda.Bench.Banks;

/// <summary>
/// How near to the closed model's own weights one comes without them, on the text bank: 1. the bank, made or there; 2. the closed
/// model's and the lexical scores; 3. each route's surrogates, trained or there, scored by EK-FAC and graded, in ensembles of 5 and 10;
/// 4. other dampings; 5. untrained models; 6. mixtures of routes. What a mixture holds is fixed here, not chosen by its grade.
/// </summary>
internal sealed class RoutesStudy(TdaHome home, string results, IProgressSink progress, CancellationToken cancel)
{
    private const string Bank = "text", Method = "ekfac";
    private const double Damping = .1;
    private const int Five = 5;
    private static readonly double[] OtherDampings = [.01, 1];

    public async Task RunAsync()
    {
        // 1.
        var recipe = new TextBankRecipe(home, TextBankSetup.Text, progress, cancel);
        var parts = await recipe.RunAsync().ConfigureAwait(false);
        var outcomes = parts.Bank.Outcomes();
        using var models = new TextBankModels(parts.Documents, parts.Asked, outcomes.Documents, outcomes.Queries, new CaptureOptions());
        var report = new RoutesReport(Machine.Inspect(), Method, NoiseCeiling.Of(outcomes), []);

        // 2.
        var closed = models.Folder("S0", parts.Closed).Members[0];
        ScoreMatrix own = Score(closed, Method, Damping), words = Unit(Score(closed, "bm25", Damping));
        Add("S0", "weights", "the closed model's own weights", own);
        Add("any", "bm25", "words alone, no model", words);
        Add("S0", "weights+bm25", "both in equal parts, each of unit deviation", Sum(Unit(own), words));

        // 3.
        var scores = new Dictionary<Route, ScoreMatrix[]>();
        foreach (var route in Route.All)
        {
            var directory = recipe.Distil($"{Bank}-{route.Name}", route.Options, route.WithLog ? parts.Log : []);
            var members = models.Surrogate(route.Scenario, directory).Members;
            scores[route] = [.. members.Select(member => Score(member, Method, Damping))];
            Add(route.Scenario, route.Name, route.Meaning, scores[route]);
            if (members.Count > Five)
            {
                Add(route.Scenario, $"{route.Name}-first-5", $"{route.Meaning}, the first 5", scores[route][..Five]);
            }

            Add(route.Scenario, $"{route.Name}+bm25", $"{route.Meaning}; and words, in equal parts", Sum(Unit(EnsembleSpread.Mean(scores[route])), words));

            // 4.
            foreach (var damping in route.Name == "s4x10" ? OtherDampings : [])
            {
                Add(route.Scenario, FormattableString.Invariant($"{route.Name}-damping-{damping}"), $"{route.Meaning}, other damping factor",
                    [.. members.Select(member => Score(member, Method, damping))]);
            }
        }

        // 5.
        Add("S5", "untrained", "same architecture, fresh weights", [.. Untrained(models).Select(member => Score(member, Method, Damping))]);

        // 6.
        ScoreMatrix[][] unknown = [.. scores.Where(s => s.Key.Scenario == "S4").Select(s => s.Value)];
        // Routes share seeds, so each gives another member.
        ScoreMatrix[] one = [.. unknown.Select((s, r) => s[r % s.Length])], all = [.. unknown.SelectMany(s => s)];
        Add("S4", "mixed-one-each", "one model of every route of S4", one);
        Add("S4", "mixed-one-each-unit", "the same, each of unit deviation", [.. one.Select(Unit)]);
        Add("S4", "mixed-all", "all models of all routes of S4", all);
        Add("S4", "mixed-all-unit", "the same, each of unit deviation", [.. all.Select(Unit)]);
        Add("S4", "mixed-all-unit+bm25", "the same, and words, in equal parts", Sum(Unit(EnsembleSpread.Mean([.. all.Select(Unit)])), words));

        void Add(string scenario, string name, string meaning, params ScoreMatrix[] members)
        {
            var options = new BootstrapOptions();
            var plain = options with { Resamples = 0 };
            var single = members.Average(m => LdsGrader.Grade(m, outcomes, plain).Lds.Value);
            var mean = EnsembleSpread.Mean(members);
            var line = new RouteLine(
                scenario, name, meaning, members.Length, single, LdsGrader.Grade(mean, outcomes, options).Lds,
                LdsGrader.Difference(mean, own, outcomes, options));
            report.Lines.Add(line);
            (report with { Machine = report.Machine with { LoadAfter = Machine.Load() } }).Write(results);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{line.Scenario,-4} {line.Name,-22} {line.Members,3} {line.Single,6:F3}  {line.Whole}  over weights {line.OverWeights}"));
        }

        ScoreMatrix Score(GradedMember member, string method, double damping) =>
            MemberScores.Of(member, outcomes.Queries, method, new MethodOptions { DampingFactor = damping }, cancel);
    }

    // Fresh weights of the closed model's shape, with the tokenizer that the corpus gave its surrogates.
    private IEnumerable<GradedMember> Untrained(TextBankModels models)
    {
        var trained = Surrogate.Open(home.SurrogateDirectory($"{Bank}-s2"));
        ModelConfig config;
        using (var model = trained.LoadModel())
        {
            config = model.Config;
        }

        for (var k = 0; k < Five; k++)
        {
            var folder = Path.Combine(home.Root, "demo", Bank, "untrained", $"{k}");
            Directory.CreateDirectory(folder);
            using (var fresh = LanguageModel.Create(config, 500 + k))
            {
                fresh.Save(folder);
            }

            trained.Tokenizer.Save(Path.Combine(folder, "tokenizer.json"));
            yield return models.Folder("S5", folder).Members[0];
        }
    }

    /// <summary>Scores of each query over their deviation. Documents without a score keep none.</summary>
    private static ScoreMatrix Unit(ScoreMatrix scores)
    {
        var unit = new ScoreMatrix(scores.Targets, scores.Documents);
        for (var q = 0; q < scores.Targets; q++)
        {
            double[] finite = [.. scores.Row(q).ToArray().Where(float.IsFinite).Select(s => (double)s)];
            double mean = finite.Average(), deviation = Math.Sqrt(finite.Average(s => (s - mean) * (s - mean)));
            for (var d = 0; d < scores.Documents; d++)
            {
                unit[q, d] = (float)(deviation > 0 ? scores[q, d] / deviation : 0);
            }
        }
        return unit;
    }

    private static ScoreMatrix Sum(ScoreMatrix a, ScoreMatrix b)
    {
        var sum = new ScoreMatrix(a.Targets, a.Documents);
        for (var q = 0; q < a.Targets; q++)
        {
            for (var d = 0; d < a.Documents; d++)
            {
                sum[q, d] = a[q, d] + b[q, d];
            }
        }

        return sum;
    }
}
