using System.Text.Json.Nodes;
using Tda.Bench.Gateway.Processes;
using Tda.Bench.Gateway.Streams;
using Tda.Bench.Running;

namespace Tda.Bench.Gateway.Cases;

/// <summary>200 streams at once: when the first token comes, and how evenly the others follow.</summary>
internal sealed class StreamsCase : IGatewayCase
{
    private static readonly string[] Names = [Contender.Direct, Contender.Nginx, Contender.BareYarp, Contender.Written, Contender.Synced];

    private static readonly (string Name, Func<StreamReport, double> Of)[] Measures =
    [
        ("first token p50", r => r.FirstToken.At(0.5)), ("first token p99", r => r.FirstToken.At(0.99)),
        ("jitter p50", r => r.Jitter.At(0.5)), ("jitter p99", r => r.Jitter.At(0.99)), ("jitter sd", r => r.Jitter.RootMeanSquare()),
        ("delay p50", r => r.Delay.At(0.5)), ("delay p99", r => r.Delay.At(0.99)),
    ];

    public string Name => "streams";

    public async Task<CaseOutcome> RunAsync(GatewayBenchOptions options)
    {
        var streams = new StreamOptions { Repeats = options.Quick ? 2 : Math.Max(2, (int)(options.Seconds / 1.2)) };
        await using var upstream = await ServerProcess.StartAsync("scripted model", Programs.Child(ChildRoles.StreamUpstream, streams.ToString()));
        var contenders = await options.Contenders.StartAsync(upstream, Names);
        try
        {
            var samples = await ServerRounds.RunAsync(options.Rounds, contenders, async contender =>
            {
                var cpu = contender.Process.CpuSeconds;
                var output = await Tools.RunAsync(Programs.Child(ChildRoles.StreamClient, (streams with { Url = contender.Url, Headers = contender.Headers }).ToString()), TimeSpan.FromMinutes(5));
                var report = StreamReport.Parse(JsonNode.Parse(output)!);
                cpu = contender.Process.CpuSeconds - cpu;
                await (contender.Gateway?.SettleAsync(options.SettleLimit) ?? Task.FromResult(0.0));
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"  {contender.Name,-20} first token p50 {report.FirstToken.At(0.5) / 1000:F2} ms  complete {report.Complete}  errors {report.Errors} {report.FirstError}"));
                return (Report: report, CpuPerEvent: cpu * 1e6 / report.Delay.Count);
            });
            List<string> failures = [.. samples.Where(one => one.Value.Any(s => s.Report.Errors > 0)).Select(one => $"{one.Key}: {one.Value.Sum(s => s.Report.Errors)} streams failed")];
            var verified = new Dictionary<string, Verification>();
            foreach (var contender in contenders.Where(contender => contender.Gateway is not null))
            {
                verified.Add(contender.Name, await contender.Gateway!.StopAndVerifyAsync());
                failures.AddRange(verified[contender.Name].Failures(contender.Name));
            }

            return new(Summarise(samples, streams, verified), failures);
        }
        finally
        {
            foreach (var contender in contenders)
            {
                await contender.DisposeAsync();
            }
        }
    }

    private static object Summarise(IReadOnlyDictionary<string, List<(StreamReport Report, double CpuPerEvent)>> samples, StreamOptions streams, Dictionary<string, Verification> verified)
    {
        Spread At(string name, Func<StreamReport, double> of) => Spread.Of(samples[name].Select(s => of(s.Report) / 1000));
        Spread Added(string name, string over, Func<StreamReport, double> of) => Spread.Of(samples[name].Zip(samples[over], (a, b) => (of(a.Report) - of(b.Report)) / 1000));
        Table.Print($"{streams.Streams} streams, {streams.Events} events each, one every {streams.Interval} ms; ms, median of rounds",
            ["contender", .. Measures.Select(m => m.Name), "proxy µs/event"],
            samples.Keys.Select(name => new object?[] { name }.Concat(Measures.Select(m => (object?)At(name, m.Of).Median)).Append(Spread.Of(samples[name].Select(s => s.CpuPerEvent)).Median).ToArray()));
        Dictionary<string, Dictionary<string, Spread>> AddedTo(string over) => samples.Keys.Where(name => name != over && name != Contender.Direct)
            .ToDictionary(name => name, name => Measures.ToDictionary(m => m.Name, m => Added(name, over, m.Of)));
        foreach (var over in (string[])[Contender.Direct, Contender.BareYarp])
        {
            Table.Print($"added to {over}, ms", ["contender", .. Measures.Select(m => m.Name)],
                AddedTo(over).Select(one => new object?[] { one.Key }.Concat(one.Value.Values.Select(s => (object?)s.Median)).ToArray()));
        }

        return new
        {
            streams.Streams,
            streams.Events,
            IntervalMs = streams.Interval,
            streams.Repeats,
            Milliseconds = samples.Keys.ToDictionary(name => name, name => Measures.ToDictionary(m => m.Name, m => At(name, m.Of))),
            AddedToDirect = AddedTo(Contender.Direct),
            AddedToBareYarp = AddedTo(Contender.BareYarp),
            CpuMicrosecondsPerEvent = samples.ToDictionary(one => one.Key, one => Spread.Of(one.Value.Select(s => s.CpuPerEvent))),
            CompleteStreams = samples.ToDictionary(one => one.Key, one => one.Value.Sum(s => s.Report.Complete)),
            Verified = verified,
        };
    }
}
