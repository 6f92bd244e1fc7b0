using Tda.Bench.Gateway.Load;
using Tda.Bench.Gateway.Processes;
using Tda.Bench.Gateway.Profiling;
using Tda.Bench.Running;

namespace Tda.Bench.Gateway.Cases;

/// <summary>What bounds the throughput: samples of bare YARP and of the gateway at <c>written</c> and <c>synced</c>, by perf.</summary>
internal sealed class ProfileCase : IGatewayCase
{
    private const string File = "gateway-profile.md";
    private const string Record = "perf record -F 499 -g -e cpu-clock -p PID   # started with DOTNET_PerfMapEnabled=1 DOTNET_EnableWriteXorExecute=0";

    public string Name => "profile";

    public async Task<CaseOutcome> RunAsync(GatewayBenchOptions options)
    {
        var perf = Tools.Require("perf", "apt-get install -y linux-perf (and as root: sysctl kernel.perf_event_paranoid=1)");
        var machine = Machine.InspectPlain();

        // Children take it over: a map from addresses to managed methods, which perf reads.
        // It knows only code that is mapped at one place, which write-xor-execute's double mapping is not.
        Environment.SetEnvironmentVariable("DOTNET_PerfMapEnabled", "1");
        Environment.SetEnvironmentVariable("DOTNET_EnableWriteXorExecute", "0");
        var profiles = new Dictionary<string, Profile>();
        try
        {
            await using var upstream = await Nginx.UpstreamAsync(options.Scratch);
            foreach (var name in (string[])[Contender.BareYarp, Contender.Written, Contender.Synced])
            {
                await using var contender = (await options.Contenders.StartAsync(upstream, name))[0];
                profiles.Add(name, await SampleAsync(perf, contender, options));
                System.IO.File.Delete($"/tmp/perf-{contender.Process.Id}.map");
            }
        }
        finally
        {
            Environment.SetEnvironmentVariable("DOTNET_PerfMapEnabled", null);
            Environment.SetEnvironmentVariable("DOTNET_EnableWriteXorExecute", null);
        }

        AtomicFile.WriteText(Path.Combine(options.Results, File), ProfileText.Write(machine, Record, profiles));
        Table.Print("share of samples, %", ["group", .. profiles.Keys], profiles.Values.SelectMany(p => p.Samples.Groups.Keys).Distinct()
            .Select(group => (Group: group, Shares: profiles.Values.Select(p => 100.0 * p.Samples.Groups.GetValueOrDefault(group) / p.Samples.Count).ToArray()))
            .OrderByDescending(row => row.Shares.Max()).Select(row => row.Shares.Cast<object?>().Prepend(row.Group).ToArray()));
        return new(profiles.ToDictionary(p => p.Key, p => new { Samples = p.Value.Samples.Count, RequestsPerSecond = p.Value.PerSecond, p.Value.Cores, p.Value.GcPercent, p.Value.BytesPerRequest, p.Value.Samples.Groups }), []);
    }

    private static async Task<Profile> SampleAsync(string perf, Contender contender, GatewayBenchOptions options)
    {
        var seconds = options.Quick ? 4 : Math.Max(10, options.Seconds);
        await Wrk.RunAsync(contender.Url, contender.Headers, options.Quick ? 3 : Math.Max(20, 2 * options.Seconds), options.Scratch); // compiled and warm
        await (contender.Gateway?.SettleAsync(options.SettleLimit) ?? Task.FromResult(0.0));
        var data = Path.Combine(options.Scratch, "perf.data");
        var process = contender.Process.Id.ToString(CultureInfo.InvariantCulture);
        await using var runtime = RuntimeCounters.Attach(contender.Process.Id);
        var cpu = contender.Process.CpuSeconds;
        var load = Wrk.RunAsync(contender.Url, contender.Headers, seconds, options.Scratch);
        await Tools.RunAsync(
            new(perf, ["record", "-F", "499", "-g", "-e", "cpu-clock", "-p", process, "-o", data, "--", "sleep", (seconds - 1).ToString("F0", CultureInfo.InvariantCulture)]),
            TimeSpan.FromSeconds(seconds + 60));
        (var gc, var allocated) = (runtime.GcPercent, runtime.AllocationRate); // while the load still runs
        var result = await load;
        cpu = contender.Process.CpuSeconds - cpu;
        var script = Path.Combine(options.Scratch, "perf.txt");
        await Tools.RunAsync(new("sh", ["-c", $"{perf} script -i {data} -F comm,ip,sym,dso > {script} 2> /dev/null"]), TimeSpan.FromMinutes(5));
        using var text = new StreamReader(script);
        return new(PerfSamples.Read(text), result.PerSecond, cpu / seconds, gc, allocated / result.PerSecond);
    }
}
