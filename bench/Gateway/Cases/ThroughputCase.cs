using Tda.Bench.Gateway.Load;
using Tda.Bench.Gateway.Processes;
using Tda.Bench.Running;

namespace Tda.Bench.Gateway.Cases;

/// <summary>Answers of 2 KB over 32 kept connections, as fast as it goes; what capture costs against proxies that capture nothing.</summary>
internal sealed class ThroughputCase(string name, string[] names, (string Over, string Under, double? Target)[] ratios) : IGatewayCase
{
    /// <summary>Against proxies that capture nothing.</summary>
    public static ThroughputCase Proxies { get; } = new(
        "throughput",
        [Contender.Direct, Contender.Nginx, Contender.BareYarp, Contender.Memory, Contender.Written, Contender.Synced, Contender.Portkey],
        [
            (Contender.Memory, Contender.BareYarp, null),
            (Contender.Written, Contender.BareYarp, 0.80),
            (Contender.Synced, Contender.BareYarp, 0.60),
            (Contender.Written, Contender.Nginx, null),
            (Contender.Written, Contender.Portkey, null),
            (Contender.BareYarp, Contender.Direct, null),
        ]);

    /// <summary>Against another build of ours, named by --before.</summary>
    public static ThroughputCase Builds { get; } = new(
        "builds",
        [Contender.BareYarp, Contender.WrittenBefore, Contender.Written, Contender.SyncedBefore, Contender.Synced],
        [
            (Contender.Written, Contender.WrittenBefore, 0.95),
            (Contender.Synced, Contender.SyncedBefore, 0.95),
            (Contender.Written, Contender.BareYarp, null),
            (Contender.Synced, Contender.BareYarp, null),
        ]);

    public string Name => name;

    public async Task<CaseOutcome> RunAsync(GatewayBenchOptions options)
    {
        await using var upstream = await Nginx.UpstreamAsync(options.Scratch);
        var contenders = await options.Contenders.StartAsync(upstream, names);
        try
        {
            foreach (var contender in contenders)
            {
                await contender.RequireAnswerAsync();
            }

            var samples = await ServerRounds.RunAsync(
                options.Rounds,
                contenders,
                contender => LoadAsync(contender, upstream, options, options.Seconds),
                contender => LoadAsync(contender, upstream, options, options.WarmUpSeconds));
            List<string> failures = [.. samples.Where(one => one.Value.Any(s => s.Load.Errors > 0))
                .Select(one => $"{one.Key}: {one.Value.Sum(s => s.Load.Status)} error answers, {one.Value.Sum(s => s.Load.Timeout)} timeouts, "
                    + $"{one.Value.Sum(s => s.Load.Connect + s.Load.Read + s.Load.Write)} broken connections")];
            var verified = new Dictionary<string, Verification>();
            foreach (var contender in contenders.Where(contender => contender.Gateway is not null))
            {
                var verification = await contender.Gateway!.StopAndVerifyAsync();
                verified.Add(contender.Name, verification);
                failures.AddRange(verification.Failures(contender.Name));
            }

            return new(Summarise(samples, verified), failures);
        }
        finally
        {
            foreach (var contender in contenders)
            {
                await contender.DisposeAsync();
            }
        }
    }

    private static async Task<ThroughputSample> LoadAsync(Contender contender, ServerProcess upstream, GatewayBenchOptions options, double seconds)
    {
        double proxy = contender.Process.CpuSeconds, behind = upstream.CpuSeconds;
        var load = await Wrk.RunAsync(contender.Url, contender.Headers, seconds, options.Scratch);
        double loaded = contender.Process.CpuSeconds, upstreamCpu = upstream.CpuSeconds - behind;
        double? settle = contender.Gateway is { } gateway ? await gateway.SettleAsync(options.SettleLimit) : null;
        var sample = new ThroughputSample(load, loaded - proxy, upstreamCpu, settle, contender.Process.CpuSeconds - loaded);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {contender.Name,-20} {load.PerSecond,10:N0}/s  errors {load.Errors}  settled after {settle:F1} s"));
        return sample;
    }

    private object Summarise(IReadOnlyDictionary<string, List<ThroughputSample>> samples, Dictionary<string, Verification> verified)
    {
        Spread Of(string name, Func<ThroughputSample, double> measure) => Spread.Of(samples[name].Select(measure));
        var compared = ratios.Select(ratio => new
        {
            Ratio = $"{ratio.Over} / {ratio.Under}",
            Spread = Spread.Of(samples[ratio.Over].Zip(samples[ratio.Under], (over, under) => over.PerSecond / under.PerSecond)),
            ratio.Target,
        }).ToList();
        Table.Print(
            $"2 KB answers, {Wrk.Connections} connections; µs of processor time a request",
            ["contender", "requests/s", "quartiles", "p50 ms", "p99 ms", "proxy µs", "with drain", "upstream µs", "wrk µs", "settled s"],
            samples.Select(one => new object?[]
            {
                one.Key, Of(one.Key, s => s.PerSecond).Median, $"{Of(one.Key, s => s.PerSecond).Low:F0}-{Of(one.Key, s => s.PerSecond).High:F0}",
                Of(one.Key, s => s.Load.P50 / 1000).Median, Of(one.Key, s => s.Load.P99 / 1000).Median,
                Of(one.Key, s => s.ProxyMicroseconds).Median, Of(one.Key, s => s.TotalMicroseconds).Median,
                Of(one.Key, s => s.UpstreamMicroseconds).Median, Of(one.Key, s => s.WrkMicroseconds).Median,
                verified.ContainsKey(one.Key) ? Of(one.Key, s => s.SettleSeconds ?? 0).Median : null,
            }));
        Table.Print("within a round", ["ratio", "median", "quartiles", "target"],
            compared.Select(r => new object?[] { r.Ratio, r.Spread.Median, string.Create(CultureInfo.InvariantCulture, $"{r.Spread.Low:F2}-{r.Spread.High:F2}"), r.Target }));
        Table.Print("verified", ["contender", "forwarded", "recorded", "declared drops", "passed", "s"],
            verified.Select(v => new object?[] { v.Key, v.Value.Forwarded, v.Value.Recorded, v.Value.DeclaredDrops, v.Value.Passed.ToString(), v.Value.Seconds }));
        return new
        {
            Connections = Wrk.Connections,
            Payload.RequestBytes,
            Payload.AnswerBytes,
            RequestsPerSecond = samples.Keys.ToDictionary(name => name, name => Of(name, s => s.PerSecond)),
            ProxyMicroseconds = samples.Keys.ToDictionary(name => name, name => Of(name, s => s.ProxyMicroseconds)),
            TotalMicroseconds = samples.Keys.ToDictionary(name => name, name => Of(name, s => s.TotalMicroseconds)),
            Ratios = compared,
            Verified = verified,
            Samples = samples,
        };
    }
}
