using Tda.Gateway.Recording;

namespace Tda.Gateway.Health;

/// <summary>What <c>/health</c> and the pages' strip show.</summary>
public sealed record HealthReport
{
    /// <summary><c>ok</c>, or <c>degraded</c> once an exchange had to go to the spool or was dropped, or while the last write failed.</summary>
    public required string Status { get; init; }

    /// <summary>Requests taken on behalf of the upstream.</summary>
    public required long Forwarded { get; init; }

    /// <summary>Exchanges in the log.</summary>
    public required long Recorded { get; init; }

    /// <summary>Requests whose exchange is not settled yet.</summary>
    public required long InFlight { get; init; }

    /// <summary>Exchanges that the log failed to take: those spooled and those dropped.</summary>
    public required long Failed { get; init; }

    /// <summary>Of the failed ones, those that wait in the spool.</summary>
    public required long Spooled { get; init; }

    /// <summary>Of the failed ones, those that are lost, since the spool failed too.</summary>
    public required long DeclaredDrops { get; init; }

    /// <summary>The last failure of log or spool, while it lasts.</summary>
    public string? Failure { get; init; }

    /// <summary>Where the log is.</summary>
    public required string Store { get; init; }

    /// <summary>Bytes left on the disk that holds the home; null when the system does not say.</summary>
    public long? DiskFreeBytes { get; init; }

    internal static HealthReport Of(Recorder recorder, string store, string home)
    {
        var counts = recorder.Counts;
        return new()
        {
            Status = counts.Failed == 0 && recorder.LastFailure is null ? "ok" : "degraded",
            Forwarded = counts.Forwarded,
            Recorded = counts.Recorded,
            InFlight = counts.InFlight,
            Failed = counts.Failed,
            Spooled = counts.Spooled,
            DeclaredDrops = counts.Dropped,
            Failure = recorder.LastFailure,
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
