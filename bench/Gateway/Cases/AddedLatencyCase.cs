using Tda.Bench.Gateway.Load;
using Tda.Bench.Gateway.Processes;
using Tda.Bench.Running;

namespace Tda.Bench.Gateway.Cases;

/// <summary>What a proxy adds to each answer, at few connections and at many: its times less the upstream's own in the same round.</summary>
internal sealed class AddedLatencyCase : IGatewayCase
{
    private static readonly int[] Connections = [1, 4, 16, 64];

    private static readonly string[] Names =
        [Contender.Direct, Contender.Nginx, Contender.BareYarp, Contender.Written, Contender.Portkey, Contender.ClaudeCodeRouter];

    public string Name => "added";

    public async Task<CaseOutcome> RunAsync(GatewayBenchOptions options)
    {
        await using var upstream = await Nginx.UpstreamAsync(options.Scratch);
        var contenders = await options.Contenders.StartAsync(upstream, Names);
        try
        {
            foreach (var contender in contenders)
            {
                await contender.RequireAnswerAsync();
            }

            var results = new Dictionary<string, object>();
            var failures = new List<string>();
            var rows = new List<object?[]>();
            foreach (var connections in Connections)
            {
                var samples = await ServerRounds.RunAsync(options.Rounds, contenders, async contender =>
                {
                    var load = await Wrk.RunAsync(contender.Url, contender.Request(Wrk.Marker), connections, options.Seconds, options.Scratch);
                    await (contender.Gateway?.SettleAsync(options.SettleLimit) ?? Task.FromResult(0.0));
                    return load;
                });
                var direct = samples[Contender.Direct];
                failures.AddRange(samples.Where(one => one.Value.Sum(load => load.Errors) > 0)
                    .Select(one => $"{one.Key} at {connections} connections: {one.Value.Sum(load => load.Errors)} errors"));
                var added = Names.Skip(1).ToDictionary(name => name, name => new
                {
                    P50 = Spread.Of([.. samples[name].Select((load, round) => load.P50 - direct[round].P50)]),
                    P99 = Spread.Of([.. samples[name].Select((load, round) => load.P99 - direct[round].P99)]),
                    PerSecond = Spread.Of([.. samples[name].Select(load => load.PerSecond)]),
                });
                results.Add(connections.ToString(CultureInfo.InvariantCulture), new { Direct = Spread.Of([.. direct.Select(load => load.P50)]), Added = added });
                rows.AddRange(added.Select(one => new object?[] { $"{connections}, {one.Key}", one.Value.P50.Median, one.Value.P99.Median, one.Value.PerSecond.Median }));
            }

            Table.Print("added to the upstream's own time, µs (medians over rounds)", ["connections", "p50", "p99", "requests/s"], rows);
            return new(results, failures);
        }
        finally
        {
            foreach (var contender in contenders)
            {
                await contender.DisposeAsync();
            }
        }
    }
}
