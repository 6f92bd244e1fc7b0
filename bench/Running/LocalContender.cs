using System.Diagnostics;

namespace Tda.Bench.Running;

/// <summary>Work done in this process.</summary>
public sealed class LocalContender(string name, Action work) : IContender
{
    public string Name => name;

    public Task<Sample> RunAsync()
    {
        var cpu = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        work();
        var wall = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return Task.FromResult(new Sample(wall, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
