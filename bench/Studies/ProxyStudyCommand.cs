using System.CommandLine;
using System.Diagnostics;
using Tda.Bench.Running;
using Tda.Evaluation.Banks;
using Tda.Evaluation.Proxies;
using Tda.ProxyTrainer.Engine;

namespace Tda.Bench.Studies;

/// <summary>The verb `proxy-study`: what scores of a proxy are worth for a target whose weights nobody sees.</summary>
internal static class ProxyStudyCommand
{
    public static Command Build()
    {
        var subsets = new Option<int>("--subsets") { Description = "Half subsets that the target is retrained on.", DefaultValueFactory = _ => 200 };
        var retrainings = new Option<int>("--retrainings") { Description = "Retrainings of each.", DefaultValueFactory = _ => 8 };
        var seeds = new Option<int>("--seeds") { Description = "Tables: tasks and studies of other seeds.", DefaultValueFactory = _ => 3 };
        var method = new Option<string>("--method") { Description = "Influence method.", DefaultValueFactory = _ => "ekfac" };
        var threads = new Option<int>("--threads") { Description = "Threads of one operator.", DefaultValueFactory = _ => 1 };
        var results = new Option<string>("--results") { Description = "Where the JSON goes.", DefaultValueFactory = _ => Path.Combine("bench", "results") };
        var verb = new Command("proxy-study", "LDS of proxies' scores against the target's retraining, by what is known of the target (S0 to S5).")
        {
            subsets, retrainings, seeds, method, threads, results,
        };
        verb.SetAction((parse, cancel) =>
        {
            TensorEngine.Configure(new EngineOptions { Threads = parse.GetValue(threads), Device = "cpu" });
            var options = new ProxyStudyOptions
            {
                Subsets = parse.GetValue(subsets),
                Retrainings = parse.GetValue(retrainings),
                Method = parse.GetValue(method)!,
            };
            var report = new ProxyStudyReport(Machine.Inspect(), options, []);
            for (long seed = 0; seed < parse.GetValue(seeds); seed++)
            {
                var start = Stopwatch.GetTimestamp();
                var result = new ProxyStudy(ClassifierTask.Synthetic(seed: seed), options with { Seed = seed }).Run(cancellation: cancel);
                report.Runs.Add(new ProxyStudyRun(seed, Stopwatch.GetElapsedTime(start).TotalSeconds, result));
                Print(report.Runs[^1]);
                (report with { Machine = report.Machine with { LoadAfter = Machine.Load() } }).Write(parse.GetValue(results)!);
            }
            return Task.FromResult(0);
        });
        return verb;
    }

    private static void Print(ProxyStudyRun run)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"seed {run.Seed}: noise ceiling {run.Result.Report.Ceiling?.Ceiling:F3}, random {run.Result.Report.RandomMean:F3}, {run.Seconds:F0} s"));
        foreach (var line in run.Result.Report.Grades)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {line.Scenario,-7} single {line.Single,6:F3}, mean of {line.Members} {line.Whole.Lds}"));
        }
    }
}
