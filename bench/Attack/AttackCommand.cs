using System.CommandLine;
using System.Diagnostics;
using Tda.Bench.Gateway;
using Tda.Bench.Gateway.Processes;
using Tda.Bench.Running;

namespace Tda.Bench.Attack;

/// <summary>`attack`: what hostile clients, upstreams, configurations and operators do, against a release build in a process of its own.</summary>
internal static class AttackCommand
{
    private static readonly IAttack[] Attacks =
        [new Bombs(), new Floods(), new SlowClients(), new Spellings(), new Frames(), new Configurations(), new Canaries(), new Operation()];

    private static readonly Option<bool> Quick = new("--quick") { Description = "Small work, to see whether it runs." };
    private static readonly Option<string> Only = new("--only") { Description = "Attacks whose name contains this; =NAME: that one alone.", DefaultValueFactory = _ => "" };
    private static readonly Option<double?> Minutes = new("--minutes") { Description = "Minutes of the simulated operation; default 15." };
    private static readonly Option<string?> TdaDll = new("--tda") { Description = "A tda.dll to attack instead of building src/Cli." };
    private static readonly Option<string> Results = new("--results") { Description = "Where results go.", DefaultValueFactory = _ => Path.Combine("bench", "results") };

    public static Command Build()
    {
        var verb = new Command("attack", "The gateway under attack: " + string.Join(", ", Attacks.Select(one => one.Name)) + ".") { Quick, Only, Minutes, TdaDll, Results };
        verb.SetAction((parse, _) => Scratch.RunAsync(scratch => RunAsync(parse, scratch)));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult parse, string scratch)
    {
        Leftovers.AddFolder(scratch);
        try
        {
            var quick = parse.GetValue(Quick);
            var only = parse.GetValue(Only)!;
            var results = parse.GetValue(Results)!;
            Directory.CreateDirectory(results);
            var report = new GatewayReport(results, keep: only.Length > 0, "attack");
            var programs = await Programs.BuildAsync(parse.GetValue(TdaDll));
            var found = 0;
            foreach (var attack in Attacks.Where(one => CaseChoice.Means(only, one.Name)))
            {
                found += await RunAsync(attack, new(programs, Path.Combine(scratch, attack.Name), parse.GetValue(Minutes) ?? (quick ? 1 : 15), quick), report);
            }

            Console.WriteLine(found == 0 ? "nothing found" : $"{found} findings");
            return found == 0 ? 0 : 1;
        }
        finally
        {
            Leftovers.Remove(scratch);
        }
    }

    private static async Task<int> RunAsync(IAttack attack, AttackOptions options, GatewayReport report)
    {
        var machine = Machine.InspectPlain();
        var started = TimeProvider.System.GetUtcNow();
        var start = Stopwatch.GetTimestamp();
        Directory.CreateDirectory(options.Scratch);
        Console.WriteLine($"== {attack.Name}");
        CaseOutcome outcome;
        try
        {
            outcome = await attack.RunAsync(options);
        }
        catch (TdaException error)
        {
            // The other attacks still have their turn.
            outcome = new(new { }, [error.Message]);
        }

        Directory.Delete(options.Scratch, recursive: true);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        report.Add(attack.Name, options.Quick, started, seconds, machine with { LoadAfter = Machine.Load() }, outcome);
        foreach (var finding in outcome.Failures)
        {
            Console.WriteLine("FOUND " + finding);
        }

        Console.WriteLine($"   {JsonSerializer.Serialize(outcome.Result, JsonDefaults.Options)}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"   {seconds:F0} s"));
        return outcome.Failures.Count;
    }
}
