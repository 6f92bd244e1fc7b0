using System.CommandLine;
using System.Diagnostics;
using Tda.Bench.Gateway.Cases;
using Tda.Bench.Gateway.Processes;
using Tda.Bench.Running;

namespace Tda.Bench.Gateway;

/// <summary>`gateway`: the gateway with full capture against proxies without, over real sockets on loopback.</summary>
internal static class GatewayVerb
{
    private static readonly IGatewayCase[] Cases =
    [
        ThroughputCase.Proxies, new LatencyCase(), new AddedLatencyCase(), new StreamsCase(), new StoreStoppedCase(), new PostgresStoppedCase(), new KillCase(), new SoakCase(), new ProfileCase(),
        ThroughputCase.Builds,
    ];

    private static readonly Option<bool> Quick = new("--quick") { Description = "Small work, to see whether it runs." };
    private static readonly Option<string> Only = new("--only") { Description = "Cases whose name contains this; =NAME: that one alone.", DefaultValueFactory = _ => "" };
    private static readonly Option<int?> Rounds = new("--rounds") { Description = "Interleaved rounds; default 5." };
    private static readonly Option<double?> Seconds = new("--seconds") { Description = "Seconds of load in a round; default 10." };
    private static readonly Option<double?> Soak = new("--soak-seconds") { Description = "Seconds of the soak; default 300." };
    private static readonly Option<int?> Kills = new("--kills") { Description = "Kills for each durability; default 50." };
    private static readonly Option<double?> Settle = new("--settle-seconds") { Description = "Seconds a store may take to catch up; default 900." };
    private static readonly Option<string?> TdaDll = new("--tda") { Description = "A tda.dll to measure instead of building src/Cli." };
    private static readonly Option<string?> Before = new("--before") { Description = "Another build's tda.dll, for the case `builds`." };
    private static readonly Option<string> Results = new("--results") { Description = "Where results go.", DefaultValueFactory = _ => Path.Combine("bench", "results") };

    public static Command Build()
    {
        var verb = new Command("gateway", "The gateway: " + string.Join(", ", Cases.Select(one => one.Name)) + ".") { Quick, Only, Rounds, Seconds, Soak, Kills, Settle, TdaDll, Before, Results };
        verb.SetAction((parse, _) => Scratch.RunAsync(scratch => RunAsync(parse, scratch)));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult parse, string scratch)
    {
        Leftovers.AddFolder(scratch);
        var quick = parse.GetValue(Quick);
        var only = parse.GetValue(Only)!;
        var failures = 0;
        try
        {
            var options = new GatewayBenchOptions
            {
                Programs = await Programs.BuildAsync(parse.GetValue(TdaDll), parse.GetValue(Before)),
                Scratch = scratch,
                Rounds = parse.GetValue(Rounds) ?? (quick ? 1 : 5),
                Seconds = parse.GetValue(Seconds) ?? (quick ? 2 : 10),
                WarmUpSeconds = quick ? 2 : 20,
                SoakSeconds = parse.GetValue(Soak) ?? (quick ? 20 : 300),
                Kills = parse.GetValue(Kills) ?? (quick ? 3 : 50),
                SettleSeconds = parse.GetValue(Settle) ?? (quick ? 60 : 900),
                Results = parse.GetValue(Results)!,
                Quick = quick,
            };
            Directory.CreateDirectory(options.Results);
            var report = new GatewayReport(options.Results, keep: only.Length > 0);
            foreach (var one in Cases.Where(one => CaseChoice.Means(only, one.Name) && (one != ThroughputCase.Builds || parse.GetValue(Before) is not null)))
            {
                failures += await RunAsync(one, options, report);
            }

            return failures == 0 ? 0 : 1;
        }
        finally
        {
            Leftovers.Remove(scratch);
        }
    }

    private static async Task<int> RunAsync(IGatewayCase one, GatewayBenchOptions options, GatewayReport report)
    {
        var machine = Machine.InspectPlain();
        var started = TimeProvider.System.GetUtcNow();
        var start = Stopwatch.GetTimestamp();
        var place = Directory.CreateDirectory(Path.Combine(options.Scratch, one.Name)).FullName;
        Console.WriteLine($"== {one.Name} ({machine.Cpu}, {machine.Cores} cores, load {machine.LoadBefore})");
        CaseOutcome outcome;
        try
        {
            outcome = await one.RunAsync(options with { Scratch = place });
        }
        catch (TdaException error)
        {
            // The other cases still have their say.
            outcome = new(new { }, [error.Message]);
        }

        Directory.Delete(place, recursive: true);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        report.Add(one.Name, options.Quick, started, seconds, machine with { LoadAfter = Machine.Load() }, outcome);
        foreach (var failure in outcome.Failures)
        {
            Console.WriteLine("FAILED " + failure);
        }

        Console.WriteLine($"   {seconds:F0} s");
        return outcome.Failures.Count;
    }
}
