using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;

namespace Tda.Bench.Gateway.Processes;

/// <summary>Another .NET process's own counters, once a second: what only the runtime knows.</summary>
internal sealed class RuntimeCounters : IAsyncDisposable
{
    private readonly EventPipeSession _session;
    private readonly Task _reading;
    private readonly ConcurrentDictionary<string, double> _values = new(StringComparer.Ordinal);

    private RuntimeCounters(EventPipeSession session)
    {
        _session = session;
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Bytes of the managed heap after the last collection, with what was allocated since; NaN before the first second.</summary>
    public double HeapBytes => Value("gc-heap-size") * 1e6;

    /// <summary>Share of the time, 0 to 100, that went into the last collections.</summary>
    public double GcPercent => Value("time-in-gc");

    /// <summary>Bytes allocated a second.</summary>
    public double AllocationRate => Value("alloc-rate");

    public static RuntimeCounters Attach(int process) => new(new DiagnosticsClient(process).StartEventPipeSession(
        [new EventPipeProvider("System.Runtime", EventLevel.Informational, 0, new Dictionary<string, string> { ["EventCounterIntervalSec"] = "1" })], requestRundown: false));

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _session.StopAsync(CancellationToken.None);
        }
        catch (Exception error) when (error is ServerNotAvailableException or IOException or EndOfStreamException or TimeoutException)
        {
            // The process has ended, and the session with it.
        }

        await _reading;
        _session.Dispose();
    }

    private double Value(string name) => _values.GetValueOrDefault(name, double.NaN);

    private void Read()
    {
        using var source = new EventPipeEventSource(_session.EventStream);
        source.Dynamic.All += one =>
        {
            if (one.EventName == "EventCounters" && one.PayloadValue(0) is IDictionary<string, object> outer && outer["Payload"] is IDictionary<string, object> counter
                && (counter.TryGetValue("Mean", out var value) || counter.TryGetValue("Increment", out value)))
            {
                _values[(string)counter["Name"]] = Convert.ToDouble(value, CultureInfo.InvariantCulture);
            }
        };
        try
        {
            source.Process();
        }
        catch (Exception error) when (error is IOException or EndOfStreamException or ObjectDisposedException)
        {
            // as above
        }
    }
}
