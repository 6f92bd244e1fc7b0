using Tda.Gateway.Recording;

namespace Tda.Gateway.Operations;

/// <summary>
/// What <c>/health</c>, the pages' strip and the metrics show: the one source of all three. The recorder fills in the counters, which
/// run from the process's start or take over what an earlier process left pending, and <see cref="Judged"/> the rest.
/// </summary>
public sealed record HealthReport
{
    // A store that is this far behind is down, whatever it answers.
    private static readonly TimeSpan LongLag = TimeSpan.FromMinutes(1);

    // One large answer fits, and there is time to make room.
    private const long LittleDisk = 256L << 20;

    /// <summary><c>ok</c>; <c>degraded</c> with <see cref="Reasons"/>; <c>draining</c> before a stop; <c>refusing</c> when nothing more can be recorded.</summary>
    public string Status { get; init; } = "ok";

    /// <summary>Why it is not <c>ok</c>.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>Requests taken on behalf of the upstream.</summary>
    public required long Forwarded { get; init; }

    /// <summary>Exchanges in the store.</summary>
    public required long Recorded { get; init; }

    /// <summary>Exchanges in the spool, on their way to the store.</summary>
    public required long Pending { get; init; }

    /// <summary>Exchanges that were forwarded and not recorded, all causes.</summary>
    public long DeclaredDrops => Drops.Values.Sum();

    /// <summary>Requests under way, counted by themselves: not what is left of the others.</summary>
    public required long InFlight { get; init; }

    /// <summary>Forwarded − (recorded + pending + declared drops + in flight). Anything but 0 is an undeclared loss.</summary>
    public long Difference => Forwarded - Recorded - Pending - DeclaredDrops - InFlight;

    /// <summary>The equation with its numbers.</summary>
    public string Equation => FormattableString.Invariant(
        $"{Forwarded} forwarded = {Recorded} recorded + {Pending} pending + {DeclaredDrops} dropped + {InFlight} in flight")
        + (Difference == 0 ? "" : FormattableString.Invariant($" + {Difference} UNACCOUNTED"));

    /// <summary>The declared drops by cause, e.g. <c>sampled_out</c>, <c>opt_out</c>, <c>spool_failed</c>.</summary>
    public IReadOnlyDictionary<string, long> Drops { get; init; } = new Dictionary<string, long>();

    /// <summary>Requests that were not forwarded, by cause, e.g. <c>spool_full</c>; they are no part of the equation.</summary>
    public IReadOnlyDictionary<string, long> Refusals { get; init; } = new Dictionary<string, long>();

    /// <summary>Bytes of what is pending.</summary>
    public long PendingBytes { get; init; }

    /// <summary>Seconds that the oldest pending exchange has waited for the store; 0 when none waits.</summary>
    public double LagSeconds { get; init; }

    /// <summary>Segment files of the spool.</summary>
    public int SpoolSegments { get; init; }

    /// <summary>Bytes that the spool takes on the disk.</summary>
    public long SpoolBytes { get; init; }

    /// <summary>Runs before this one whose spool is still to be brought into the store.</summary>
    public int SessionsToRecover { get; init; }

    /// <summary>Damaged places found in the spool since the start.</summary>
    public int SpoolFaults { get; init; }

    /// <summary>Writes to the store that failed since the start.</summary>
    public long StoreErrors { get; init; }

    /// <summary>The last failure of store or spool, while it lasts.</summary>
    public string? Failure { get; init; }

    /// <summary>When the last failure was; null when there was none.</summary>
    public DateTimeOffset? FailedAt { get; init; }

    /// <summary>Bytes of memory that bodies take now: those being captured, and those being unpacked and masked.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Bytes of memory that bodies may take, see <see cref="GatewayOptions.MaxMemoryBytes"/>.</summary>
    public long MaxMemoryBytes { get; init; }

    /// <summary>Bodies that limits on memory left their mark on: <c>cut</c> and <c>packed</c>, as in the tag <c>tda.limited</c>.</summary>
    public IReadOnlyDictionary<string, long> Limited { get; init; } = new Dictionary<string, long>();

    /// <summary>When an exchange was last lost as a declared drop that nobody wanted; null when none was.</summary>
    public DateTimeOffset? LastGap { get; init; }

    /// <summary>Where the store is.</summary>
    public string Store { get; init; } = "";

    /// <summary>Bytes left on the disk that holds the home; null when the system does not say.</summary>
    public long? DiskFreeBytes { get; init; }

    /// <summary>What is wrong with the changed configuration file, while the options before it stay in force.</summary>
    public string? ConfigurationError { get; init; }

    /// <summary>When the configuration was last changed while the gateway ran.</summary>
    public DateTimeOffset? ConfigurationChangedAt { get; init; }

    /// <summary>Changed options that only a restart takes.</summary>
    public IReadOnlyList<string> ConfigurationNeedsRestart { get; init; } = [];

    /// <summary>Whether a load balancer should send requests here.</summary>
    public bool Ready => Status is not ("refusing" or "draining");

    /// <summary>When the oldest pending exchange ended; null when none is pending.</summary>
    internal DateTimeOffset? OldestPending { get; init; }

    /// <summary>Whether new requests are refused, since nothing more can be recorded.</summary>
    internal bool Refusing { get; init; }

    /// <summary>The report with what follows from the counters, and from what stands around them.</summary>
    internal HealthReport Judged(
        ConfigurationStatus configuration, IReadOnlyList<string> secrets, bool draining, string store, long? diskFree, DateTimeOffset now)
    {
        var lag = OldestPending is { } oldest ? now - oldest : TimeSpan.Zero;
        var losses = Drops.Where(drop => drop.Value > 0 && !DropCauses.IsWanted(drop.Key))
            .Select(drop => FormattableString.Invariant($"{drop.Value} {drop.Key}"))
            .ToList();
        (bool Holds, string Reason)[] checks =
        [
            (Refusing, "requests are refused: nothing more can be recorded"),
            (Difference != 0, FormattableString.Invariant($"{Difference} exchanges are unaccounted for")),
            (losses.Count > 0, "exchanges were dropped: " + string.Join(", ", losses)),
            (SpoolFaults > 0, FormattableString.Invariant($"{SpoolFaults} places in the spool are damaged, see its folder 'rejected'")),
            (Failure is not null, Failure ?? ""),
            (secrets.Count > 0, string.Join("; ", secrets)),
            (lag > LongLag, FormattableString.Invariant($"the store is {lag.TotalSeconds:F0} s behind")),
            (diskFree < LittleDisk, FormattableString.Invariant($"only {diskFree >> 20} MiB of disk are left")),
            (configuration.Error is not null, "the changed configuration can't be used"),
        ];
        var reasons = checks.Where(check => check.Holds).Select(check => check.Reason).ToList();
        return this with
        {
            Status = draining ? "draining" : Refusing ? "refusing" : reasons.Count > 0 ? "degraded" : "ok",
            Reasons = reasons,
            LagSeconds = Math.Round(Math.Max(0, lag.TotalSeconds), 3),
            Store = store,
            DiskFreeBytes = diskFree,
            ConfigurationError = configuration.Error,
            ConfigurationChangedAt = configuration.ChangedAt,
            ConfigurationNeedsRestart = configuration.NeedsRestart,
        };
    }
}
