namespace Tda.Store;

/// <summary>The outcome of checking a log.</summary>
/// <remarks>forwarded = recorded + erased + pruned + spooled + dropped + unfinished, over all gateway runs, when nothing is at fault.</remarks>
public sealed record ExchangeVerification
{
    /// <summary>Exchanges checked.</summary>
    public required long Exchanges { get; init; }

    /// <summary>Gateway sessions checked.</summary>
    public required long Sessions { get; init; }

    /// <summary>Requests that all sessions forwarded.</summary>
    public required long Forwarded { get; init; }

    /// <summary>Exchanges of those sessions in the log.</summary>
    public required long Recorded { get; init; }

    /// <summary>Exchanges of those sessions that were erased and left a tombstone.</summary>
    public long Erased { get; init; }

    /// <summary>Exchanges of those sessions that retention removed.</summary>
    public long Pruned { get; init; }

    /// <summary>Exchanges still waiting in the spool; the gateway brings them in.</summary>
    public required long Spooled { get; init; }

    /// <summary>Requests that were declared not to be recorded.</summary>
    public required long Dropped { get; init; }

    /// <summary>The same by cause.</summary>
    public IReadOnlyDictionary<string, long> Drops { get; init; } = new Dictionary<string, long>();

    /// <summary>Requests of sessions that run, or were killed, whose exchange is not in the log (yet).</summary>
    public required long Unfinished { get; init; }

    /// <summary>Everything that does not hold, the first <see cref="Verifying.FaultList.Most"/> of it; empty when the log is sound.</summary>
    public required IReadOnlyList<VerificationFault> Faults { get; init; }

    /// <summary>Faults beyond those listed.</summary>
    public long FaultsLeftOut { get; init; }

    /// <summary>Where each session's chain ends now; keep them to show later that history was not rewritten.</summary>
    public IReadOnlyList<ChainHead> Heads { get; init; } = [];

    /// <summary>Whether nothing is at fault.</summary>
    public bool Passed => Faults.Count == 0;
}
