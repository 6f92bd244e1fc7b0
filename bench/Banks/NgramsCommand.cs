using System.CommandLine;
using Tda.Bench.Running;
using Tda.Evaluation.Banks;
using Tda.Evaluation.Lds;
using Tda.ProxyTrainer.Engine;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Lexical;
using Tda.Scoring.Methods.Projected;

namespace Tda.Bench.Banks;

/// <summary>`ngrams`: how n-grams of every order and strength predict the text bank, and what fusing them brings, with the closed model's weights.</summary>
internal static class NgramsCommand
{
    private const string Bank = "text";
    private static readonly int[] Orders = [1, 2, 3, 4, 5];
    private static readonly double[] Strengths = [1, 3, 10, 30, 100, 300, 1000, 3000];
    private static readonly string[][] Fused = [["bm25", "ekfac"], ["ngram", "ekfac"], ["bm25", "ngram", "ekfac"], ["bm25", "ngram"]];

    public static Command Build()
    {
        var home = new Option<string>("--home") { Description = "Tda home of the verb `banks`.", DefaultValueFactory = _ => "bench-banks" };
        var results = new Option<string>("--results") { Description = "Where the JSON goes.", DefaultValueFactory = _ => Path.Combine("bench", "results") };
        var command = new Command("ngrams", "Grades n-grams of orders 1 to 5 and several strengths on the text bank, and their fusions with EK-FAC of the closed model. Minutes.") { home, results };
        command.SetAction((parse, cancel) => Task.Run(() =>
        {
            TensorEngine.Configure(new EngineOptions { Threads = 1, Device = "cpu" });
            ResultFile.Write(parse.GetValue(results)!, "bank-text-ngrams", Run(new TdaHome(parse.GetValue(home)!), cancel));
            return 0;
        }));
        return command;
    }

    private static NgramsReport Run(TdaHome home, CancellationToken cancel)
    {
        var bank = RetrainingBank.Open(home.BankDirectory(Bank));
        var outcomes = bank.Outcomes();
        using var models = new TextBankModels(
            Corpus.Open(home.CorpusDirectory(Bank)), QueryFile.Read(Path.Combine(home.Root, "demo", Bank, "queries.jsonl")), outcomes.Documents, outcomes.Queries,
            new CaptureOptions());
        var closed = models.Folder("S0", home.LabDirectory($"{Bank}-closed"));
        var floor = NgramFloor.Of(outcomes, closed.Members[0].Context.Documents, closed.Members[0].Queries, "");
        var lines = new List<GradedLine>();
        foreach (var one in floor.Orders)
        {
            Console.WriteLine(FormattableString.Invariant($"n = {one.Order}: loss {one.Loss:F3}, models {floor.Model:F3}; LDS of the exact change {one.Lds:F3}"));
        }

        foreach (var strength in Strengths)
        {
            foreach (var order in Orders)
            {
                Grade($"n = {order}, μ = {strength}", "ngram", new MethodOptions { Ngram = new NgramOptions { Order = order, Strength = strength } });
            }
        }

        Grade("ekfac", "ekfac", new MethodOptions());
        foreach (var parts in Fused)
        {
            foreach (var rule in Enum.GetValues<FusionRule>())
            {
                Grade($"{rule} of {string.Join(", ", parts)}", "fused", new MethodOptions { Fusion = new FusionOptions { Parts = parts, Rule = rule } });
            }
        }

        foreach (var dimension in new[] { 512, 4096 })
        {
            Grade($"trak, p = {dimension}", "trak", new MethodOptions { Projected = new ProjectedOptions { TrakDimension = dimension, TrakElements = 1L << 30 } });
        }

        Grade("trak, exact", "trak", new MethodOptions { Projected = new ProjectedOptions { TrakProjection = TrakProjection.Exact } });
        return new NgramsReport(Machine.Inspect(), outcomes.Subsets, outcomes.Losses.Min(subset => subset.Length), NoiseCeiling.Of(outcomes, 0), floor, lines);

        void Grade(string name, string method, MethodOptions options)
        {
            cancel.ThrowIfCancellationRequested();
            var report = new BankGrader(outcomes, new BankGraderOptions { Methods = [method], Method = options }).Run([closed], cancellation: cancel);
            if (report.NotRun.FirstOrDefault() is { } failure)
            {
                throw new TdaException($"{name}: {failure.Reason}");
            }

            lines.Add(new(name, report.Grades[0].Whole.Lds, report.Grades[0].Seconds));
            Console.WriteLine(FormattableString.Invariant($"{name,-40}{report.Grades[0].Whole.Lds}  {report.Grades[0].Seconds:F1} s"));
        }
    }

    /// <param name="Name">What was graded.</param>
    /// <param name="Lds">Its LDS.</param>
    /// <param name="Seconds">Fitting and scoring.</param>
    private sealed record GradedLine(string Name, Interval Lds, double Seconds);

    /// <summary>The committed results.</summary>
    private sealed record NgramsReport(Machine Machine, int Subsets, int Retrainings, NoiseCeiling? Ceiling, NgramFloor Floor, List<GradedLine> Lines)
    {
        public DateTimeOffset Time { get; init; } = TimeProvider.System.GetUtcNow();
    }
}
