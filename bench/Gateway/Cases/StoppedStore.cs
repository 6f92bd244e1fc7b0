using System.Diagnostics;
using Tda.Bench.Gateway.Load;
using Tda.Bench.Gateway.Processes;

namespace Tda.Bench.Gateway.Cases;

/// <summary>Load in three parts: the store there, away, there again. Clients must not notice, and at the end everything is in the store.</summary>
internal static class StoppedStore
{
    private static readonly string[] Parts = ["before", "stopped", "after"];

    public static async Task<CaseOutcome> RunAsync(GatewayBenchOptions options, Func<Uri, Task<TdaGateway>> start, Func<TdaGateway, Task<IStoreBreaker>> breaker)
    {
        var seconds = options.Quick ? 9 : Math.Max(30, 3 * options.Seconds);
        await using var upstream = await Nginx.UpstreamAsync(options.Scratch);
        var gateway = await start(upstream.Url);
        await using var process = gateway.Process;
        await using var store = await breaker(gateway);

        // 1. Warm, and settled: what the parts differ by is the store.
        var load = new LoadOptions { Url = gateway.Process.Url, Seconds = seconds, Phases = Parts.Length };
        await LoadRun.RunAsync(load with { Seconds = options.Quick ? 2 : 5, Phases = 1 });
        await gateway.SettleAsync(options.SettleLimit);

        // 2. The load, with the store stopped in the middle third.
        var began = Stopwatch.GetTimestamp();
        using var run = await LoadRun.StartAsync(load);
        await Task.Delay(TimeSpan.FromSeconds(seconds / 3));
        await store.BreakAsync();
        var broken = Stopwatch.GetElapsedTime(began).TotalSeconds;
        await Task.Delay(TimeSpan.FromSeconds(Math.Max(0, (seconds * 2 / 3) - broken)));
        var away = await gateway.HealthAsync();
        await store.RepairAsync();
        var repaired = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var report = await run.FinishAsync();

        // 3. Everything arrives, and the log holds.
        var settled = await gateway.SettleAsync(options.SettleLimit);
        var verification = await gateway.StopAndVerifyAsync();
        List<string> failures = [.. verification.Failures(process.Name)];
        if (report.Errors > 0)
        {
            failures.Add($"clients saw {report.Errors} errors, first: {report.FirstError}");
        }

        var parts = Parts.Zip(report.Phases, (name, phase) => new
        {
            Part = name,
            phase.PerSecond,
            P50Ms = phase.Latency.At(0.5) / 1000,
            P99Ms = phase.Latency.At(0.99) / 1000,
            MaxMs = phase.Latency.At(1) / 1000,
            phase.Errors,
        }).ToList();
        Table.Print("written, closed loop of 32 connections", ["store", "requests/s", "p50 ms", "p99 ms", "max ms", "errors"],
            parts.Select(p => new object?[] { p.Part, p.PerSecond, p.P50Ms, p.P99Ms, p.MaxMs, p.Errors }));
        Console.WriteLine($"  stopped from {broken:F1} to {repaired:F1} s; {away.Pending:N0} waited then; settled {settled:F1} s after the load; verified: {verification.Passed}");
        return new(new { Parts = parts, StoppedAtSeconds = broken, BackAtSeconds = repaired, WaitingWhileStopped = away.Json, SettledSeconds = settled, Verified = verification }, failures);
    }
}
