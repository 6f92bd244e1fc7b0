using System.CommandLine;
using System.Diagnostics;

namespace Tda.Bench.Fuzz;

/// <summary>The verb <c>fuzz</c>: seeded hostile inputs for every parser of the gateway, one after the other on one core.</summary>
internal static class FuzzCommand
{
    private const int MostFailures = 100;
    private const int Million = 1_000_000;

    public static Command Create()
    {
        var count = new Option<int>("--count") { Description = "Inputs, spread evenly over the parsers.", DefaultValueFactory = _ => Million };
        var seed = new Option<long>("--seed") { Description = "The run's seed.", DefaultValueFactory = _ => 20260101 };
        var input = new Option<int?>("--input") { Description = "Feed only this input, and show what it throws." };
        var folder = Path.Combine("bench", "results");
        var results = new Option<string>("--results") { Description = "Where the JSON goes.", DefaultValueFactory = _ => folder };
        const string What = "Feeds the gateway's parsers a million broken inputs: nothing may escape, no byte may change.";
        var verb = new Command("fuzz", What) { count, seed, input, results };
        verb.SetAction(parse =>
        {
            if (parse.GetValue(input) is { } index)
            {
                Feed(FuzzTargets.All[index % FuzzTargets.All.Count], parse.GetValue(seed), index);
                Console.WriteLine($"input {index}: nothing broke");
                return 0;
            }

            var report = Run(parse.GetValue(seed), parse.GetValue(count));
            var directory = parse.GetValue(results)!;
            Directory.CreateDirectory(directory);
            AtomicFile.WriteText(Path.Combine(directory, "fuzz.json"), JsonSerializer.Serialize(report, JsonDefaults.Indented) + "\n");
            foreach (var failure in report.Failures)
            {
                Console.Error.WriteLine($"{failure.Target}, input {failure.Index}: {failure.Error}");
            }

            Console.WriteLine($"{report.Inputs} inputs in {report.Seconds:F1} s, {report.Targets.Sum(target => target.Failures)} failures");
            return report.Failures.Count == 0 ? 0 : 1;
        });
        return verb;
    }

    private static FuzzReport Run(long seed, int count)
    {
        var start = Stopwatch.GetTimestamp();
        var counts = new List<FuzzCount>();
        var failures = new List<FuzzFailure>();
        for (var target = 0; target < FuzzTargets.All.Count; target++)
        {
            counts.Add(RunTarget(target, seed, count, failures));
            Console.WriteLine($"{counts[^1].Name}: {counts[^1].Inputs} inputs, {counts[^1].Seconds:F1} s, {counts[^1].Failures} failures");
        }

        var seconds = Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 1);
        var inputs = counts.Sum(one => one.Inputs);
        return new(TimeProvider.System.GetUtcNow(), Environment.Version.ToString(), seed, inputs, seconds, counts, failures);
    }

    private static FuzzCount RunTarget(int target, long seed, int count, List<FuzzFailure> failures)
    {
        var start = Stopwatch.GetTimestamp();
        var (inputs, bytes, failed) = (0L, 0L, 0L);
        for (var index = target; index < count; index += FuzzTargets.All.Count)
        {
            inputs++;
            try
            {
                bytes += Feed(FuzzTargets.All[target], seed, index);
            }
            catch (Exception error)
            {
                // Whatever it is: that anything comes is the failure.
                failed++;
                if (failures.Count < MostFailures)
                {
                    failures.Add(new(FuzzTargets.All[target].Name, index, $"{error.GetType().Name}: {error.Message}"));
                }
            }
        }

        return new(FuzzTargets.All[target].Name, inputs, bytes, Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 1), failed);
    }

    private static int Feed(FuzzTarget target, long seed, int index)
    {
        var mutator = new Mutator(SplitMix64.SequenceSeed(seed, index));
        var input = mutator.Next(target.Corpus);
        target.Check(input, mutator);
        return input.Length;
    }
}
