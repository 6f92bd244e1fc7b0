using System.Diagnostics;
using Tda.Bench.Gateway.Load;
using Tda.Bench.Gateway.Processes;

namespace Tda.Bench.Gateway.Cases;

/// <summary>Steady load for minutes: memory must stay where it is, the spool must not grow, nothing may be lost.</summary>
internal sealed class SoakCase : IGatewayCase
{
    /// <summary>The most that memory may grow over the second half.</summary>
    private const double Flat = 0.10;

    public string Name => "soak";

    public async Task<CaseOutcome> RunAsync(GatewayBenchOptions options)
    {
        await using var upstream = await Nginx.UpstreamAsync(options.Scratch);
        var contenders = await options.Contenders.StartAsync(upstream, Contender.Written);
        await using var contender = contenders[0];
        var gateway = contender.Gateway!;

        // 1. Half of what it can do, the drain included: more than the store takes in the long run would only measure the spool's growth.
        var rate = Math.Max(10, Math.Floor(await SustainedAsync(contender, options) / 2));
        var load = new LoadOptions { Url = contender.Url, Headers = contender.Headers, Connections = 128, Rate = rate, Seconds = options.SoakSeconds };

        // 2. The load, watched every second.
        await using var runtime = RuntimeCounters.Attach(contender.Process.Id);
        var samples = new List<SoakSample>();
        using var run = await LoadRun.StartAsync(load);
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalSeconds < options.SoakSeconds; await Task.Delay(1_000))
        {
            var health = await gateway.HealthAsync();
            samples.Add(new(
                Stopwatch.GetElapsedTime(start).TotalSeconds, contender.Process.ResidentBytes, ProcessStats.AnonymousBytes(contender.Process.Id), runtime.HeapBytes,
                FolderBytes(Path.Combine(gateway.Home, "spool")), health.Pending + health.InFlight));
        }

        var report = await run.FinishAsync();

        // 3. The sum.
        var settled = await gateway.SettleAsync(options.SettleLimit);
        var database = new DirectoryInfo(gateway.Home).EnumerateFiles("tda.db*").Sum(file => file.Length);
        var verification = await gateway.StopAndVerifyAsync();
        List<string> failures = [.. verification.Failures(contender.Name)];
        if (report.Errors > 0)
        {
            failures.Add($"clients saw {report.Errors} errors, first: {report.FirstError}");
        }

        return new(Summarise(samples, rate, report, settled, database, verification), failures);
    }

    private static object Summarise(List<SoakSample> samples, double rate, LoadReport report, double settled, long database, Verification verification)
    {
        var second = samples[(samples.Count / 2)..];
        Trend Of(Func<SoakSample, double> measure) => Trend.Of([.. second.Where(s => !double.IsNaN(measure(s))).Select(s => (s.Second, measure(s) / (1 << 20)))]);
        var trends = new Dictionary<string, Trend>
        {
            ["resident"] = Of(s => s.ResidentBytes),
            ["anonymous"] = Of(s => s.AnonymousBytes),
            ["managed heap"] = Of(s => s.HeapBytes),
        };
        var flat = trends["resident"].Growth < Flat;
        Table.Print($"{rate:N0} requests/s for {samples[^1].Second:N0} s; second half", ["memory", "mean MB", "MB/hour", "growth %"],
            trends.Select(t => new object?[] { t.Key, t.Value.Mean, t.Value.PerHour, t.Value.Growth * 100 }));
        Console.WriteLine($"  flat: {flat}; p50 {report.Latency.At(0.5) / 1000:F2} ms, p99 {report.Latency.At(0.99) / 1000:F2} ms; spool at most {samples.Max(s => s.SpoolBytes) / 1e6:F1} MB, "
            + $"waiting at most {samples.Max(s => s.Pending):N0}; database {database / 1e6:F0} MB; settled after {settled:F1} s; verified: {verification.Passed}");
        return new
        {
            RequestsPerSecond = rate,
            report.Answered,
            P50Ms = report.Latency.At(0.5) / 1000,
            P99Ms = report.Latency.At(0.99) / 1000,
            SecondHalfMegabytes = trends,
            FlatBelow = Flat,
            Flat = flat,
            DatabaseBytes = database,
            SettledSeconds = settled,
            Verified = verification,
            Samples = samples,
        };
    }

    /// <summary>Requests/s that gateway and store keep up with: those of a full load over its time and the drain's.</summary>
    private static async Task<double> SustainedAsync(Contender contender, GatewayBenchOptions options)
    {
        await Calibration.RunAsync([contender], options);
        var start = Stopwatch.GetTimestamp();
        var full = await Wrk.RunAsync(contender.Url, contender.Headers, options.Quick ? 3 : 10, options.Scratch);
        await contender.Gateway!.SettleAsync(options.SettleLimit);
        return full.Requests / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static long FolderBytes(string folder)
    {
        try
        {
            return Directory.Exists(folder) ? new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length) : 0;
        }
        catch (IOException)
        {
            return 0; // a segment went while we looked
        }
    }
}
