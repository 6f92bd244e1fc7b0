using Tda.Bench.Gateway.Load;
using Tda.Bench.Gateway.Processes;
using Tda.Bench.Running;

namespace Tda.Bench.Gateway.Cases;

/// <summary>Time to the last byte at half load, by an open loop: what the gateway adds to a direct call, and to a bare proxy.</summary>
internal sealed class LatencyCase : IGatewayCase
{
    private const int Connections = 128;
    private static readonly string[] Names = [Contender.Direct, Contender.BareYarp, Contender.Written, Contender.Synced];
    private static readonly (string Name, double Share)[] Percentiles = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)];

    public string Name => "latency";

    public async Task<CaseOutcome> RunAsync(GatewayBenchOptions options)
    {
        await using var upstream = await Nginx.UpstreamAsync(options.Scratch);
        var contenders = await options.Contenders.StartAsync(upstream, Names);
        try
        {
            // 1. Half of what the slowest of the proxies can do: the same rate for all, so that times compare.
            var full = await Calibration.RunAsync(contenders.Where(contender => contender.Name != Contender.Direct), options);
            var rate = Math.Max(10, Math.Floor(full.Values.Min() / 2));
            Console.WriteLine($"  at full load {string.Join(", ", full.Select(one => $"{one.Key} {one.Value:N0}/s"))}; now {rate:N0}/s");

            // 2. The same arrivals for each.
            var samples = await ServerRounds.RunAsync(options.Rounds, contenders, async contender =>
            {
                var load = new LoadOptions { Url = contender.Url, Headers = contender.Headers, Connections = Connections, Rate = rate, Seconds = options.Seconds };
                var report = await LoadRun.RunAsync(load);
                await (contender.Gateway?.SettleAsync(options.SettleLimit) ?? Task.FromResult(0.0));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {contender.Name,-20} p50 {report.Latency.At(0.5) / 1000:F2} ms  p99 {report.Latency.At(0.99) / 1000:F2} ms  errors {report.Errors}"));
                return report;
            });

            // 3. Nothing may be missing.
            List<string> failures = [.. samples.Where(one => one.Value.Any(s => s.Errors > 0)).Select(one => $"{one.Key}: {one.Value.Sum(s => s.Errors)} errors, first: {one.Value.Select(s => s.FirstError).FirstOrDefault(e => e is not null)}")];
            var verified = new Dictionary<string, Verification>();
            foreach (var contender in contenders.Where(contender => contender.Gateway is not null))
            {
                verified.Add(contender.Name, await contender.Gateway!.StopAndVerifyAsync());
                failures.AddRange(verified[contender.Name].Failures(contender.Name));
            }

            return new(Summarise(samples, rate, full, verified), failures);
        }
        finally
        {
            foreach (var contender in contenders)
            {
                await contender.DisposeAsync();
            }
        }
    }

    private static object Summarise(
        IReadOnlyDictionary<string, List<LoadReport>> samples, double rate, Dictionary<string, double> full, Dictionary<string, Verification> verified)
    {
        Spread At(string name, double share) => Spread.Of(samples[name].Select(s => s.Latency.At(share) / 1000));
        Spread Added(string name, string over, double share) => Spread.Of(samples[name].Zip(samples[over], (a, b) => (a.Latency.At(share) - b.Latency.At(share)) / 1000));
        Table.Print($"{rate:N0} requests/s, {Connections} connections, open loop; ms, median of rounds",
            ["contender", .. Percentiles.Select(p => p.Name)], samples.Keys.Select(name => new object?[] { name }.Concat(Percentiles.Select(p => (object?)At(name, p.Share).Median)).ToArray()));
        Dictionary<string, Dictionary<string, Spread>> AddedTo(string over) => samples.Keys.Where(name => name != over && name != Contender.Direct)
            .ToDictionary(name => name, name => Percentiles.ToDictionary(p => p.Name, p => Added(name, over, p.Share)));
        foreach (var over in (string[])[Contender.Direct, Contender.BareYarp])
        {
            Table.Print($"added to {over}, ms (quartiles)", ["contender", .. Percentiles.Select(p => p.Name)], AddedTo(over).Select(one => new object?[] { one.Key }
                .Concat(one.Value.Values.Select(s => (object?)string.Create(CultureInfo.InvariantCulture, $"{s.Median:F2} ({s.Low:F2}-{s.High:F2})"))).ToArray()));
        }

        return new
        {
            RequestsPerSecond = rate,
            AtFullLoad = full,
            Connections,
            Milliseconds = samples.Keys.ToDictionary(name => name, name => Percentiles.ToDictionary(p => p.Name, p => At(name, p.Share))),
            AddedToDirect = AddedTo(Contender.Direct),
            AddedToBareYarp = AddedTo(Contender.BareYarp),
            AllRounds = samples.ToDictionary(one => one.Key, one => Together(one.Value)),
            Verified = verified,
        };
    }

    private static Dictionary<string, double> Together(List<LoadReport> reports)
    {
        var all = new Histogram();
        foreach (var report in reports)
        {
            all.Merge(report.Latency);
        }

        return Percentiles.Select(p => (p.Name, Value: all.At(p.Share) / 1000)).Append(("requests", all.Count)).ToDictionary(p => p.Item1, p => p.Item2);
    }
}
