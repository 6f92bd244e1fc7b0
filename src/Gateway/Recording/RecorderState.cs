using Tda.Gateway.Health;

namespace Tda.Gateway.Recording;

/// <summary>The recorder's counters as health shows them.</summary>
internal sealed class RecorderState(Recorder recorder) : IGatewayState
{
    public GatewayState Read()
    {
        var counts = recorder.Counts;
        return new()
        {
            Forwarded = counts.Forwarded,
            Recorded = counts.Recorded,
            Pending = counts.Spooled,
            InFlight = counts.InFlight,
            Drops = counts.Dropped == 0 ? new Dictionary<string, long>() : new Dictionary<string, long> { ["spool_failed"] = counts.Dropped },
            Failure = recorder.LastFailure,
        };
    }
}
