using Tda.Gateway.Recording;

namespace Tda.Gateway.Operations;

/// <summary>What <c>/health</c>, the pages' strip and the metrics show: the one source of all three.</summary>
public sealed record HealthReport
{
    // A store that is this far behind is down, whatever it answers.
    private static readonly TimeSpan LongLag = TimeSpan.FromMinutes(1);

    // One large answer fits, and there is time to make room.
    private const long LittleDisk = 256L << 20;

    /// <summary><c>ok</c>; <c>degraded</c> with <see cref="Reasons"/>; <c>draining</c> before a stop; <c>refusing</c> when nothing more can be recorded.</summary>
    public required string Status { get; init; }

    /// <summary>Why it is not <c>ok</c>.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>Requests taken on behalf of the upstream.</summary>
    public required long Forwarded { get; init; }

    /// <summary>Exchanges in the store.</summary>
    public required long Recorded { get; init; }

    /// <summary>Exchanges in the spool, on their way to the store.</summary>
    public required long Pending { get; init; }

    /// <summary>Exchanges that were forwarded and not recorded, all causes.</summary>
    public required long DeclaredDrops { get; init; }

    /// <summary>Requests under way.</summary>
    public required long InFlight { get; init; }

    /// <summary>Forwarded − (recorded + pending + declared drops + in flight). Anything but 0 is an undeclared loss.</summary>
    public required long Difference { get; init; }

    /// <summary>The equation with its numbers.</summary>
    public string Equation => FormattableString.Invariant(
        $"{Forwarded} forwarded = {Recorded} recorded + {Pending} pending + {DeclaredDrops} dropped + {InFlight} in flight")
        + (Difference == 0 ? "" : FormattableString.Invariant($" + {Difference} UNACCOUNTED"));

    /// <summary>The declared drops by cause.</summary>
    public IReadOnlyDictionary<string, long> Drops { get; init; } = new Dictionary<string, long>();

    /// <summary>Requests that were not forwarded, by cause.</summary>
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

    /// <summary>When an exchange was last lost as a declared drop that nobody wanted; null when none was.</summary>
    public DateTimeOffset? LastGap { get; init; }

    /// <summary>Where the store is.</summary>
    public required string Store { get; init; }

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

    /// <summary>Puts the report together.</summary>
    internal static HealthReport Of(GatewayState state, ConfigurationStatus configuration, bool draining, string store, long? diskFree, DateTimeOffset now)
    {
        var lag = state.OldestPending is { } oldest ? now - oldest : TimeSpan.Zero;
        var losses = state.Drops.Where(drop => drop.Value > 0 && !DropCauses.IsWanted(drop.Key)).ToList();
        var reasons = new List<string>();
        Add(state.Refusing, "requests are refused: nothing more can be recorded");
        Add(state.Difference != 0, FormattableString.Invariant($"{state.Difference} exchanges are unaccounted for"));
        Add(losses.Count > 0, "exchanges were dropped: " + string.Join(", ", losses.Select(drop => FormattableString.Invariant($"{drop.Value} {drop.Key}"))));
        Add(state.SpoolFaults > 0, FormattableString.Invariant($"{state.SpoolFaults} places in the spool are damaged, see its folder 'rejected'"));
        Add(state.Failure is not null, state.Failure ?? "");
        Add(lag > LongLag, FormattableString.Invariant($"the store is {lag.TotalSeconds:F0} s behind"));
        Add(diskFree < LittleDisk, FormattableString.Invariant($"only {diskFree >> 20} MiB of disk are left"));
        Add(configuration.Error is not null, "the changed configuration can't be used");
        return new()
        {
            Status = draining ? "draining" : state.Refusing ? "refusing" : reasons.Count > 0 ? "degraded" : "ok",
            Reasons = reasons,
            Forwarded = state.Forwarded,
            Recorded = state.Recorded,
            Pending = state.Pending,
            DeclaredDrops = state.Dropped,
            InFlight = state.InFlight,
            Difference = state.Difference,
            Drops = state.Drops,
            Refusals = state.Refusals,
            PendingBytes = state.PendingBytes,
            LagSeconds = Math.Round(Math.Max(0, lag.TotalSeconds), 3),
            SpoolSegments = state.SpoolSegments,
            SpoolBytes = state.SpoolBytes,
            SessionsToRecover = state.SessionsToRecover,
            SpoolFaults = state.SpoolFaults,
            StoreErrors = state.StoreErrors,
            Failure = state.Failure,
            FailedAt = state.FailedAt,
            LastGap = state.LastGap,
            Store = store,
            DiskFreeBytes = diskFree,
            ConfigurationError = configuration.Error,
            ConfigurationChangedAt = configuration.ChangedAt,
            ConfigurationNeedsRestart = configuration.NeedsRestart,
        };

        void Add(bool holds, string reason)
        {
            if (holds)
            {
                reasons.Add(reason);
            }
        }
    }
}

/// <summary>
/// A gateway's counters and its spool's state at one moment: what health, pages and metrics show. Counters run from the
/// process's start, or take over what an earlier process left pending.
/// </summary>
public sealed record GatewayState
{
    /// <summary>Requests taken on behalf of the upstream.</summary>
    public required long Forwarded { get; init; }

    /// <summary>Exchanges in the store.</summary>
    public required long Recorded { get; init; }

    /// <summary>Exchanges in the spool that the store does not have yet.</summary>
    public required long Pending { get; init; }

    /// <summary>Requests under way, counted by themselves: not what is left of the others.</summary>
    public required long InFlight { get; init; }

    /// <summary>Exchanges that were forwarded and not recorded, by cause, e.g. <c>sampled_out</c>, <c>opt_out</c>, <c>spool_failed</c>.</summary>
    public IReadOnlyDictionary<string, long> Drops { get; init; } = new Dictionary<string, long>();

    /// <summary>Requests that were not forwarded, by cause, e.g. <c>spool_full</c>, <c>rate_limit</c>; they are not part of the equation.</summary>
    public IReadOnlyDictionary<string, long> Refusals { get; init; } = new Dictionary<string, long>();

    /// <summary>Bytes of the pending exchanges in the spool.</summary>
    public long PendingBytes { get; init; }

    /// <summary>When the oldest pending exchange was spooled; null when none is pending.</summary>
    public DateTimeOffset? OldestPending { get; init; }

    /// <summary>Segment files of the spool.</summary>
    public int SpoolSegments { get; init; }

    /// <summary>Bytes that the spool takes on the disk.</summary>
    public long SpoolBytes { get; init; }

    /// <summary>Runs before this one whose spool is still to be brought into the store.</summary>
    public int SessionsToRecover { get; init; }

    /// <summary>Damaged places found in the spool.</summary>
    public int SpoolFaults { get; init; }

    /// <summary>Writes to the store that failed.</summary>
    public long StoreErrors { get; init; }

    /// <summary>Whether new requests are refused, since nothing more can be recorded.</summary>
    public bool Refusing { get; init; }

    /// <summary>The last failure of store or spool, while it lasts.</summary>
    public string? Failure { get; init; }

    /// <summary>When the last failure of store or spool was, whether it lasts or not; null when there was none.</summary>
    public DateTimeOffset? FailedAt { get; init; }

    /// <summary>When an exchange was last dropped against the owner's will; null when none was.</summary>
    public DateTimeOffset? LastGap { get; init; }

    /// <summary>All declared drops.</summary>
    public long Dropped => Drops.Values.Sum();

    /// <summary>Forwarded − (recorded + pending + dropped + in flight): exchanges lost without being declared. Must be 0.</summary>
    public long Difference => Forwarded - Recorded - Pending - Dropped - InFlight;
}
