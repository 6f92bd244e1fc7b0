using System.CommandLine;
using System.Diagnostics;
using Tda.Bench.Running;

namespace Tda.Bench.Verbs;

/// <summary>
/// `builds`: this build against another one, verb by verb as a user runs them, start of the process included. In every round each build
/// does the same work in a home of its own, in an order that turns.
/// </summary>
internal static class BuildsCommand
{
    private static readonly Option<string> Before = new("--before") { Description = "The other build's tda.dll.", Required = true };
    private static readonly Option<string> Now = new("--tda") { Description = "This build's.", DefaultValueFactory = _ => "src/Cli/bin/Release/net10.0/tda.dll" };
    private static readonly Option<int> Rounds = new("--rounds") { Description = "Interleaved rounds; one more before them is thrown away.", DefaultValueFactory = _ => 5 };
    private static readonly Option<int> Documents = new("--documents") { Description = "Documents of the corpus.", DefaultValueFactory = _ => 300 };
    private static readonly Option<string> Results = new("--results") { Description = "Where the JSON goes.", DefaultValueFactory = _ => Path.Combine("bench", "results") };

    /// <summary>What is measured: a name, and the verb that does it. Each starts from what those before it left.</summary>
    private static readonly (string Name, string Line)[] Work =
    [
        ("training (distill)", "distill --corpus c --name s --exchanges none --replace"),
        ("capture and index (logra)", "index --surrogate s --corpus c --name logra --method logra --replace"),
        ("fit (ekfac)", "index --surrogate s --corpus c --name ekfac --method ekfac --replace"),
        ("one query over a store", "attribute --index logra --queries one.jsonl --run one --min-fidelity -1000 --replace"),
        ("many queries over a store", "attribute --index logra --queries many.jsonl --run many --min-fidelity -1000 --replace"),
        ("one query by EK-FAC", "attribute --index ekfac --queries one.jsonl --run ekfac --min-fidelity -1000 --replace"),
        ("start (doctor)", "doctor --quick"),
    ];

    public static Command Build()
    {
        var verb = new Command("builds", "This build against another: training, capture, fit, index, queries, as verbs.") { Before, Now, Rounds, Documents, Results };
        verb.SetAction((parse, _) => Scratch.RunAsync(scratch => RunAsync(parse, scratch)));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult parse, string scratch)
    {
        var builds = new[] { ("before", Path.GetFullPath(parse.GetValue(Before)!)), ("now", Path.GetFullPath(parse.GetValue(Now)!)) };
        var machine = Machine.InspectPlain();
        WriteInputs(scratch, parse.GetValue(Documents));
        foreach ((var name, var tda) in builds)
        {
            await RunAsync(tda, scratch, name, "corpus import documents.jsonl --name c");
        }

        var times = Work.ToDictionary(work => work.Name, _ => new { Before = new List<Cost>(), Now = new List<Cost>() }, StringComparer.Ordinal);
        for (var round = -1; round < parse.GetValue(Rounds); round++)
        {
            foreach ((var name, var line) in Work)
            {
                var turn = (round & 1) == 0 ? builds : [.. builds.Reverse()];
                foreach ((var build, var tda) in turn)
                {
                    var cost = await RunAsync(tda, scratch, build, line);
                    if (round >= 0)
                    {
                        (build == "now" ? times[name].Now : times[name].Before).Add(cost);
                    }
                }
            }
        }

        var rows = times.Select(one => new
        {
            Work = one.Key,
            BeforeSeconds = Spread.Of(one.Value.Before.Select(cost => cost.Wall)),
            NowSeconds = Spread.Of(one.Value.Now.Select(cost => cost.Wall)),
            Ratio = Spread.Of(one.Value.Before.Zip(one.Value.Now, (before, now) => before.Wall / now.Wall)),
            ProcessorRatio = Spread.Of(one.Value.Before.Zip(one.Value.Now, (before, now) => before.Processor / now.Processor)),
        }).ToList();
        Console.WriteLine("before over now, within a round: above 1 this build is faster");
        foreach (var row in rows)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{row.Work,-28} {row.BeforeSeconds.Median,7:F2} s {row.NowSeconds.Median,7:F2} s  clock {row.Ratio.Median:F2} ({row.Ratio.Low:F2}-{row.Ratio.High:F2})  processor {row.ProcessorRatio.Median:F2} ({row.ProcessorRatio.Low:F2}-{row.ProcessorRatio.High:F2})"));
        }

        ResultFile.Write(parse.GetValue(Results)!, "builds", new
        {
            Benchmark = "builds",
            Time = TimeProvider.System.GetUtcNow(),
            Machine = machine with { LoadAfter = Machine.Load() },
            Documents = parse.GetValue(Documents),
            Cases = rows,
        });
        return 0;
    }

    /// <summary>Documents of Zipf-distributed words from a seed, about 200 tokens each; queries of the same kind.</summary>
    private static void WriteInputs(string folder, int documents)
    {
        var random = new SplitMix64(7);
        string Word() => Syllables((int)Math.Pow(2000, random.NextDouble()));
        string Text(int words) => string.Join(' ', Enumerable.Range(0, words).Select(_ => Word()));
        File.WriteAllLines(Path.Combine(folder, "documents.jsonl"),
            Enumerable.Range(0, documents).Select(i => JsonSerializer.Serialize(new { source = $"source-{i % 5}", text = Text(110) })));
        File.WriteAllLines(Path.Combine(folder, "many.jsonl"),
            Enumerable.Range(0, 128).Select(i => JsonSerializer.Serialize(new { id = $"q{i}", prompt = Text(8), completion = " " + Text(20) })));
        File.WriteAllLines(Path.Combine(folder, "one.jsonl"), File.ReadLines(Path.Combine(folder, "many.jsonl")).Take(1));
    }

    private static string Syllables(int rank)
    {
        const string Consonants = "bdfgklmnprstvz", Vowels = "aeiou";
        var word = "";
        for (var n = rank; n > 0 || word.Length == 0; n /= 70)
        {
            word += $"{Consonants[n % 70 / 5]}{Vowels[n % 5]}";
        }

        return word;
    }

    /// <summary>Runs a verb to its end; bash tells what it cost, start-up included.</summary>
    private static async Task<Cost> RunAsync(string tda, string folder, string build, string line)
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo("bash", ["-c", $"TIMEFORMAT='cost %R %U %S'; time '{host}' '{tda}' {line} --home {build} --json >/dev/null"])
        {
            WorkingDirectory = folder,
            RedirectStandardError = true,
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        using var process = Process.Start(start) ?? throw new TdaException("bash can't be started");
        var said = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        var cost = said.Split('\n').LastOrDefault(text => text.StartsWith("cost ", StringComparison.Ordinal))?.Split(' ');
        if (process.ExitCode != 0 || cost is null)
        {
            throw new TdaException($"{build}: tda {line} ended with {process.ExitCode}: {said}");
        }

        double Number(int place) => double.Parse(cost[place], CultureInfo.InvariantCulture);
        return new Cost(Number(1), Number(2) + Number(3));
    }

    private sealed record Cost(double Wall, double Processor);
}
