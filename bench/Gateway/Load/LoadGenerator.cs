using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Tda.Bench.Gateway.Processes;

namespace Tda.Bench.Gateway.Load;

/// <summary>
/// Load in a process of its own. Open loop: a thread sends at even distances, whether answers come or not, and every time
/// counts from when the request *should* have gone out; so a server that stalls is charged for all who had to wait, which a
/// closed loop hides. Closed loop: every connection asks again as soon as it has its answer.
/// </summary>
internal sealed class LoadGenerator
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private readonly LoadOptions _options;
    private readonly LoadPhase[] _phases;
    private readonly ConcurrentBag<LoadConnection> _idle = [];
    private readonly Queue<long> _waiting = new();
    private readonly Lock _lock = new();
    private readonly long _start;
    private long _number;
    private long _open;
    private string? _firstError;

    private LoadGenerator(LoadOptions options)
    {
        _options = options;
        _phases = [.. Enumerable.Range(0, options.Phases).Select(_ => new LoadPhase { Seconds = options.Seconds / options.Phases })];
        _start = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 20);
    }

    public static async Task<int> RunAsync(LoadOptions options)
    {
        LoadConnection[] connections = [.. Enumerable.Range(0, options.Connections).Select(_ => new LoadConnection(options))];
        var generator = new LoadGenerator(options);
        Console.WriteLine("started");
        if (options.Rate > 0)
        {
            await generator.OpenLoopAsync(connections);
        }
        else
        {
            await Task.WhenAll(connections.Select(generator.ClosedLoopAsync));
        }

        foreach (var connection in connections)
        {
            connection.Dispose();
        }

        Console.WriteLine(new JsonObject
        {
            ["phases"] = new JsonArray([.. generator._phases.Select(phase => phase.ToJson())]),
            ["unanswered"] = Interlocked.Read(ref generator._open),
            ["first_error"] = generator._firstError,
            ["cpu_seconds"] = Environment.CpuUsage.TotalTime.TotalSeconds,
        }.ToJsonString());
        return 0;
    }

    private async Task ClosedLoopAsync(LoadConnection connection)
    {
        while (true)
        {
            var sent = Stopwatch.GetTimestamp();
            if (Stopwatch.GetElapsedTime(_start, sent).TotalSeconds >= _options.Seconds)
            {
                return;
            }

            var error = await connection.ExchangeAsync(Interlocked.Increment(ref _number));
            Note(sent, phaseAt: Stopwatch.GetTimestamp(), error);
            if (error is not null)
            {
                await Task.Delay(20); // a refused connection must not turn into a busy loop
            }
        }
    }

    private async Task OpenLoopAsync(LoadConnection[] connections)
    {
        foreach (var connection in connections)
        {
            _idle.Add(connection);
        }

        var sender = new Thread(Send) { IsBackground = true, Priority = ThreadPriority.AboveNormal };
        sender.Start();
        await Task.Delay(TimeSpan.FromSeconds(_options.Seconds) + Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), _start));
        sender.Join();
        for (var end = Stopwatch.GetTimestamp(); Interlocked.Read(ref _open) > 0 && Stopwatch.GetElapsedTime(end) < Patience;)
        {
            await Task.Delay(20);
        }
    }

    private void Send()
    {
        Native.PreciseSleeps();
        var distance = Stopwatch.Frequency / _options.Rate;
        var count = (long)(_options.Seconds * _options.Rate);
        for (long i = 0; i < count; i++)
        {
            var due = _start + (long)(i * distance);
            if (due > Stopwatch.GetTimestamp())
            {
                Native.SleepUntil(due);
            }

            Interlocked.Increment(ref _open);
            if (Take(due) is { } connection)
            {
                _ = ServeAsync(connection, due);
            }
        }
    }

    /// <summary>A free connection; when there is none, the request waits for one.</summary>
    private LoadConnection? Take(long due)
    {
        lock (_lock)
        {
            if (_idle.TryTake(out var connection))
            {
                return connection;
            }

            _waiting.Enqueue(due);
            return null;
        }
    }

    private async Task ServeAsync(LoadConnection connection, long due)
    {
        while (true)
        {
            var error = await connection.ExchangeAsync(Interlocked.Increment(ref _number));
            Note(due, phaseAt: due, error);
            Interlocked.Decrement(ref _open);
            lock (_lock)
            {
                if (!_waiting.TryDequeue(out due))
                {
                    _idle.Add(connection);
                    return;
                }
            }
        }
    }

    private void Note(long since, long phaseAt, string? error)
    {
        if (error is not null)
        {
            Interlocked.CompareExchange(ref _firstError, error, null);
        }

        var place = Math.Max(0, Stopwatch.GetElapsedTime(_start, phaseAt).TotalSeconds) / _options.Seconds * _phases.Length;
        _phases[Math.Min((int)place, _phases.Length - 1)].Add(Stopwatch.GetElapsedTime(since).TotalMicroseconds, error is not null);
    }
}
