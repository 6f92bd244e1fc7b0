using Tda.Gateway.Recording;

namespace Tda.Gateway.Health;

/// <summary>What <c>/health</c> and the pages' strip show.</summary>
public sealed record HealthReport
{
    /// <summary>
    /// <c>ok</c>; <c>degraded</c> while the store or the spool fails, or once an exchange was dropped for want of space or found damaged;
    /// <c>refusing</c> while nothing more can be recorded and requests are refused for it.
    /// </summary>
    public required string Status { get; init; }

    /// <summary>Requests taken on behalf of the upstream.</summary>
    public required long Forwarded { get; init; }

    /// <summary>Exchanges in the store.</summary>
    public required long Recorded { get; init; }

    /// <summary>Exchanges in the spool that the store does not have yet.</summary>
    public required long Pending { get; init; }

    /// <summary>Requests whose exchange is not settled yet.</summary>
    public required long InFlight { get; init; }

    /// <summary>Requests declared not to be recorded.</summary>
    public required long DeclaredDrops { get; init; }

    /// <summary>The same by cause.</summary>
    public required IReadOnlyDictionary<string, long> DropsByCause { get; init; }

    /// <summary>Forwarded − recorded − pending − drops − in flight: 0, or exchanges are missing.</summary>
    public required long Unexplained { get; init; }

    /// <summary>Bytes that the spool takes on the disk.</summary>
    public required long SpoolBytes { get; init; }

    /// <summary>Seconds that the oldest pending exchange has waited.</summary>
    public required double LagSeconds { get; init; }

    /// <summary>Runs before this one whose spool is still to be brought into the store.</summary>
    public required int SessionsToRecover { get; init; }

    /// <summary>Damaged places found in the spool since the start.</summary>
    public required int SpoolFaults { get; init; }

    /// <summary>The last failure of log or spool, while it lasts.</summary>
    public string? Failure { get; init; }

    /// <summary>Where the log is.</summary>
    public required string Store { get; init; }

    /// <summary>Bytes left on the disk that holds the home; null when the system does not say.</summary>
    public long? DiskFreeBytes { get; init; }

    internal static HealthReport Of(Recorder recorder, string store, string home, bool refuses)
    {
        var counts = recorder.Counts;
        var faults = recorder.Drain.Faults.Count(fault => !fault.Torn);
        var lost = counts.Drops.Where(drop => drop.Key is not ("opt_out" or "sampled_out")).Sum(drop => drop.Value);
        var failure = recorder.LastFailure;
        return new()
        {
            Status = recorder.Full && refuses ? "refusing" : failure is null && lost == 0 && faults == 0 ? "ok" : "degraded",
            Forwarded = counts.Forwarded,
            Recorded = counts.Recorded,
            Pending = counts.Pending,
            InFlight = counts.InFlight,
            DeclaredDrops = counts.Dropped,
            DropsByCause = counts.Drops,
            Unexplained = counts.Unexplained,
            SpoolBytes = recorder.Usage.Bytes,
            LagSeconds = Math.Round(recorder.Drain.Lag.TotalSeconds, 3),
            SessionsToRecover = recorder.Drain.OrphansLeft,
            SpoolFaults = faults,
            Failure = failure,
            Store = store,
            DiskFreeBytes = FreeBytes(home),
        };
    }

    private static long? FreeBytes(string home)
    {
        try
        {
            return new DriveInfo(home).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
