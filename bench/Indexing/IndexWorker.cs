using System.Diagnostics;
using Tda.Bench.Gateway;
using Tda.TestKit;

namespace Tda.Bench.Indexing;

/// <summary>Runs <see cref="IndexWork"/> in child processes, and kills them.</summary>
internal sealed class IndexWorker(string scratch, Random random)
{
    private static readonly TimeSpan Patience = TimeSpan.FromHours(6);

    /// <summary>Kills so far.</summary>
    public int Kills { get; private set; }

    /// <summary>Runs a job to its end; returns seconds.</summary>
    public async Task<double> RunAsync(IndexWork work)
    {
        var start = Stopwatch.GetTimestamp();
        await using var child = Start(work);
        var result = await child.ExitAsync(Patience).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            throw new TdaException($"{work.Job} ended with {result.ExitCode}: {result.Error}");
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Runs a job and kills it (SIGKILL) at random moments, some times, before it is let run to its end.</summary>
    /// <param name="work">The job.</param>
    /// <param name="kills">How often.</param>
    /// <param name="longest">The latest moment.</param>
    /// <returns>False when it ended by itself before the last kill.</returns>
    public async Task<bool> KillAsync(IndexWork work, int kills, TimeSpan longest)
    {
        for (var kill = 0; kill < kills; kill++)
        {
            await using var child = Start(work);
            using var moment = new PeriodicTimer(TimeSpan.FromSeconds(.5 + (random.NextDouble() * longest.TotalSeconds)));
            var end = child.ExitAsync(Patience);
            if (await Task.WhenAny(end, moment.WaitForNextTickAsync().AsTask()).ConfigureAwait(false) == end)
            {
                var result = await end.ConfigureAwait(false);
                return result.ExitCode == 0 ? false : throw new TdaException($"{work.Job} ended with {result.ExitCode}: {result.Error}");
            }
            child.Kill();
            await end.ConfigureAwait(false);
            Kills++;
        }
        return true;
    }

    private ChildProcess Start(IndexWork work)
    {
        var file = Path.Combine(scratch, "work.json");
        File.WriteAllText(file, JsonSerializer.Serialize(work));
        return ChildProcess.StartManaged(typeof(IndexWorker).Assembly.GetName().Name!, [ChildRoles.Verb, ChildRoles.Index, file]);
    }
}
