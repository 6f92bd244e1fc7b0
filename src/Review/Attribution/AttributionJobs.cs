using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Tda.Review.Attribution;

/// <summary>
/// Attributions that reviewers ask for: each a process of the program's own, one after the other, so that a desk on a gateway's machine takes one
/// core at most of what it needs. What a process makes is a run of the home like any other; what it was doing when the desk ends is resumed when it is asked again.
/// </summary>
internal sealed partial class AttributionJobs(DeskSetting setting) : IDisposable
{
    private const int MostWaiting = 20;
    private const int LongestLine = 300;

    private readonly ConcurrentDictionary<string, AttributionJob> _jobs = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _ending = new();

    /// <summary>Whether this program can attribute: the gateway's own image can't.</summary>
    public bool CanRun => setting.AttributeCommand is { Count: > 0 };

    /// <summary>The newest job on an exchange; null: none since the desk started.</summary>
    public AttributionJob? Find(string exchange) => _jobs.GetValueOrDefault(exchange);

    /// <summary>Asks for the documents behind an exchange's answer; one that is waiting or running already is left to it.</summary>
    /// <param name="exchange">The exchange.</param>
    /// <param name="index">An index of the home.</param>
    /// <exception cref="UsageException">This program can't attribute, there is no such index, or too many wait.</exception>
    public AttributionJob Ask(string exchange, string index)
    {
        if (!CanRun)
        {
            throw new UsageException("This program has no engine to attribute with: run tda attribute where tda is installed whole.");
        }

        if (!File.Exists(Path.Combine(setting.Home.IndexDirectory(index), Manifest.FileName)))
        {
            throw new UsageException($"There is no index {index} in this home: tda index makes one.");
        }

        if (_jobs.Values.Count(job => !job.IsOver) >= MostWaiting)
        {
            throw new UsageException($"{MostWaiting} attributions wait already: try again when some are done.");
        }

        return _jobs.AddOrUpdate(exchange, Started, (_, known) => known.IsOver ? Started(exchange) : known);

        AttributionJob Started(string id)
        {
            var job = new AttributionJob(id, index, $"desk-{Hashing.Sha256(Encoding.UTF8.GetBytes($"{id}\n{index}"))[..12]}");
            _ = Task.Run(() => RunAsync(job));
            return job;
        }
    }

    public void Dispose()
    {
        _ending.Cancel();
        _ending.Dispose();
    }

    private async Task RunAsync(AttributionJob job)
    {
        try
        {
            await _turn.WaitAsync(_ending.Token);
            try
            {
                job.State = AttributionJobState.Running;
                var (code, lines) = await ProcessAsync(job, _ending.Token);
                job.Line = code == 0 ? "done" : lines;
                job.State = code == 0 ? AttributionJobState.Done : AttributionJobState.Failed;
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
        {
            (job.Line, job.State) = ("the desk ended", AttributionJobState.Failed);
        }
        catch (Exception error) when (error is System.ComponentModel.Win32Exception or InvalidOperationException or IOException)
        {
            (job.Line, job.State) = ($"the program can't be started: {error.Message}", AttributionJobState.Failed);
        }
    }

    private async Task<(int Code, string Lines)> ProcessAsync(AttributionJob job, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(setting.AttributeCommand![0]) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false };
        string[] words = [.. setting.AttributeCommand.Skip(1), "attribute", "--home", setting.Home.Root, "--index", job.Index, "--exchange", job.Exchange, "--run", job.Run];
        foreach (var word in words)
        {
            start.ArgumentList.Add(word);
        }

        // An address may hold a password: not on a command line, which every user of the machine can read.
        start.Environment[ExchangeStore.EnvironmentVariable] = setting.StoreLocation ?? "";
        using var process = Process.Start(start)!;
        var last = "";
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) =>
        {
            if (!string.IsNullOrWhiteSpace(line.Data))
            {
                job.Line = last = Cut(Colours().Replace(line.Data, ""));
            }
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return (process.ExitCode, last.Length > 0 ? last : $"it ended with {process.ExitCode}");
    }

    private static string Cut(string line) => line.Length > LongestLine ? line[..LongestLine] : line;

    [GeneratedRegex(@"\x1B\[[0-9;?]*[A-Za-z]")]
    private static partial Regex Colours();
}

/// <summary>An attribution that somebody asked for.</summary>
/// <param name="Exchange">The exchange.</param>
/// <param name="Index">The index that is asked.</param>
/// <param name="Run">The run that it makes.</param>
public sealed record AttributionJob(string Exchange, string Index, string Run)
{
    private volatile string _line = "waiting";
    private volatile int _state;

    /// <summary>Where it is.</summary>
    public AttributionJobState State
    {
        get => (AttributionJobState)_state;
        internal set => _state = (int)value;
    }

    /// <summary>The last that its process said.</summary>
    public string Line
    {
        get => _line;
        internal set => _line = value;
    }

    /// <summary>Whether nothing more comes.</summary>
    public bool IsOver => State is AttributionJobState.Done or AttributionJobState.Failed;
}

/// <summary>Where an attribution is.</summary>
public enum AttributionJobState
{
    Waiting,
    Running,
    Done,
    Failed,
}
