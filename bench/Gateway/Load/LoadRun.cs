using System.Diagnostics;
using System.Text.Json.Nodes;
using Tda.Bench.Gateway.Processes;

namespace Tda.Bench.Gateway.Load;

/// <summary>A load generator at work in its own process.</summary>
internal sealed class LoadRun : IDisposable
{
    private readonly Process _process;
    private readonly LoadOptions _options;

    private LoadRun(Process process, LoadOptions options) => (_process, _options) = (process, options);

    /// <summary>Returns once the load begins.</summary>
    public static async Task<LoadRun> StartAsync(LoadOptions options)
    {
        var start = Programs.Child(ChildRoles.Load, options.ToString());
        start.RedirectStandardOutput = true;

        // Answers are handled by the thread that saw them come: one switch of threads less between the socket and the clock.
        start.Environment["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1";
        var run = new LoadRun(Process.Start(start)!, options);
        return await run._process.StandardOutput.ReadLineAsync() == "started" ? run : throw new TdaException("the load generator did not start");
    }

    /// <summary>Waits for the end.</summary>
    public async Task<LoadReport> FinishAsync()
    {
        var limit = TimeSpan.FromSeconds(_options.Seconds + 60);
        var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(limit) ?? throw new TdaException("the load generator ended early; its message stands above");
        await _process.WaitForExitAsync();
        var json = JsonNode.Parse(line)!;
        return new LoadReport(
            [.. json["phases"]!.AsArray().Select(phase => LoadPhase.Parse(phase!))],
            json["unanswered"]!.GetValue<long>(),
            json["first_error"]?.GetValue<string>(),
            json["cpu_seconds"]!.GetValue<double>());
    }

    /// <summary>Starts a load and waits for its end.</summary>
    public static async Task<LoadReport> RunAsync(LoadOptions options)
    {
        using var run = await StartAsync(options);
        return await run.FinishAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Native.Signal(_process.Id, Native.Killed);
        }

        _process.Dispose();
    }
}
