using System.Diagnostics;
using Tda.Bench.Gateway.Killing;
using Tda.Bench.Gateway.Processes;
using Tda.Bench.Gateway.Streams;
using Tda.Bench.Running;

namespace Tda.Bench.Gateway.Cases;

/// <summary>SIGKILL at random moments under load, again and again on the same home: what a client has read to its end must be in the log.</summary>
internal sealed class KillCase : IGatewayCase
{
    private const int Seed = 20_250_301;

    public string Name => "kill";

    public async Task<CaseOutcome> RunAsync(GatewayBenchOptions options)
    {
        var results = new Dictionary<string, object>();
        var failures = new List<string>();
        var rows = new List<object?[]>();
        var script = new StreamOptions { Events = 25, Interval = 20 };
        await using var upstream = await ServerProcess.StartAsync("scripted model", Programs.Child(ChildRoles.StreamUpstream, script.ToString()));
        foreach (var durability in (string[])["synced", "written"])
        {
            var home = Path.Combine(options.Scratch, "home-" + durability);
            using var clients = new KillClients();
            var starts = await KillAsync(options, upstream, home, durability, clients);

            // The last one may finish its work: what earlier ones left must come in.
            var last = await TdaGateway.StartAsync(options.Programs.Tda, upstream.Url, home, durability);
            await using var process = last.Process;
            var settled = await last.SettleAsync(options.SettleLimit);
            var verification = await last.StopAndVerifyAsync();
            var export = Path.Combine(options.Scratch, durability + ".jsonl");
            await last.Command.ExportAsync(export);
            var log = LogCheck.Read(export);
            var found = log.Compare(clients.Acknowledged);

            if (!found.Holds)
            {
                failures.Add($"{durability}: of {found.Acknowledged} acknowledged exchanges {found.Lost} are lost, {found.Duplicated} duplicated, {found.Different} differ");
            }

            if (!verification.Passed)
            {
                failures.AddRange(verification.Failures(durability));
            }

            if (clients.Refused > 0)
            {
                failures.Add($"{durability}: {clients.Refused} answers other than 200");
            }

            rows.Add([durability, options.Kills, found.Acknowledged, found.Streamed, found.Equal, found.Lost, found.Duplicated, found.Different, clients.Broken, starts.Median]);
            Console.WriteLine($"  {durability}: states in the log: {string.Join(", ", log.States.Select(state => $"{state.Key} {state.Value:N0}"))}; settled after {settled:F1} s; verified: {verification.Passed}");
            results.Add(durability, new
            {
                Seed,
                options.Kills,
                Found = found,
                CutOff = clients.Broken,
                clients.Refused,
                log.States,
                StartSeconds = starts,
                SettledSeconds = settled,
                Verified = verification,
            });
        }

        Table.Print($"kill -9 under {KillClients.Count} clients",
            ["durability", "kills", "acknowledged", "streams", "found equal", "lost", "duplicated", "different", "cut off", "start s"], rows);
        return new(results, failures);
    }

    /// <returns>Seconds from the start of the process to its port, what was left behind brought in or not.</returns>
    private static async Task<Spread> KillAsync(GatewayBenchOptions options, ServerProcess upstream, string home, string durability, KillClients clients)
    {
        var random = new Random(Seed);
        var starts = new List<double>();
        for (var round = 0; round < options.Kills; round++)
        {
            var start = Stopwatch.GetTimestamp();
            var gateway = await TdaGateway.StartAsync(options.Programs.Tda, upstream.Url, home, durability);
            await using var process = gateway.Process;
            starts.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            using var stop = new CancellationTokenSource();
            var load = clients.RunAsync(process.Url, round, stop.Token);

            // Mostly once answers flow; every fifth time counted from the start, so that starting up gets its share of kills.
            if (round % 5 != 4)
            {
                await clients.AcknowledgedInAsync(round, TimeSpan.FromSeconds(15));
            }

            await Task.Delay(random.Next(100, 1_500));
            await process.KillAsync();
            await stop.CancelAsync();
            await load;
            if ((round + 1) % 10 == 0)
            {
                Console.WriteLine($"  {durability}: {round + 1} kills, {clients.Acknowledged.Count:N0} acknowledged");
            }
        }

        return Spread.Of(starts);
    }
}
