using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>`tda plan` against what the job then takes.</summary>
public sealed class PlanTests : IDisposable
{
    /// <summary>Memory that is counted from arrays holds within this factor of what a process takes beyond its runtime.</summary>
    private const double MemoryFactor = 2;

    private readonly TdaHomeRunner _tda = new();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Plan_MemoryOfAnIndex_IsWithinAFactorOfWhatTheProcessTakes()
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // /proc
        }

        SampleDocuments.Write(_tda.Folder["docs.jsonl"], documents: 800, words: 12);
        await _tda.JsonAsync("corpus", "import", "docs.jsonl", "--name", "web");
        await _tda.JsonAsync([.. "distill --corpus web --name small --exchanges none --width 32 --layers 1 --heads 1 --vocabulary 270 --epochs 1".Split(' ')]);

        // The rank tells the job's arrays from the runtime, the libraries and the model, which both processes have.
        (var planned, var taken) = (await PlannedAsync(24) - await PlannedAsync(1), await TakenAsync(24) - await TakenAsync(1));

        Assert.True(planned > 40 << 20, $"{planned:N0} bytes are too few to be told from noise");
        Assert.True(taken < MemoryFactor * planned && planned < MemoryFactor * taken, $"planned {planned:N0} bytes more, took {taken:N0} more");
    }

    private async Task<long> PlannedAsync(int rank)
    {
        var plan = await _tda.JsonAsync("plan", "--corpus", "web", "--surrogate", "small", "--probe-tokens", "0", "--rank", rank.ToString(CultureInfo.InvariantCulture));
        return (long)plan["jobs"]!.AsArray().Single(j => (string)j!["job"]! == "index logra float32")!["memory_bytes"]!;
    }

    private async Task<long> TakenAsync(int rank)
    {
        var name = rank.ToString(CultureInfo.InvariantCulture);
        await using var child = _tda.Start("index", "--surrogate", "small", "--corpus", "web", "--name", "i" + name, "--method", "logra", "--rank", name);
        long peak = 0;
        while (!child.HasExited)
        {
            peak = Math.Max(peak, Peak(child.Id));
            await Task.Delay(5);
        }
        Assert.Equal(0, (await child.ExitAsync(TimeSpan.FromMinutes(1))).ExitCode);
        return peak;
    }

    // VmHWM, the largest resident set so far, is kept by the system: the last reading before the end is the peak.
    private static long Peak(int process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
