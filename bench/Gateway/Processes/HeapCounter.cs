using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;

namespace Tda.Bench.Gateway.Processes;

/// <summary>Another .NET process's managed heap, by its own counter, once a second.</summary>
internal sealed class HeapCounter : IAsyncDisposable
{
    private readonly EventPipeSession _session;
    private readonly Task _reading;
    private double _bytes = double.NaN;

    private HeapCounter(EventPipeSession session)
    {
        _session = session;
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>The last value; NaN before the first.</summary>
    public double Bytes => Volatile.Read(ref _bytes);

    public static HeapCounter Attach(int process) => new(new DiagnosticsClient(process).StartEventPipeSession(
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

    private void Read()
    {
        using var source = new EventPipeEventSource(_session.EventStream);
        source.Dynamic.All += one =>
        {
            if (one.EventName == "EventCounters" && one.PayloadValue(0) is IDictionary<string, object> outer && outer["Payload"] is IDictionary<string, object> counter
                && (string)counter["Name"] == "gc-heap-size")
            {
                Volatile.Write(ref _bytes, Convert.ToDouble(counter["Mean"], System.Globalization.CultureInfo.InvariantCulture) * 1e6);
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
