namespace Tda.Core.Store;

/// <summary>The outcome of checking a log.</summary>
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

    /// <summary>Exchanges still waiting in the spool; the next start of the gateway brings them in.</summary>
    public required long Spooled { get; init; }

    /// <summary>Exchanges that neither store nor spool could take, as declared by the gateway.</summary>
    public required long Dropped { get; init; }

    /// <summary>Requests of sessions that run, or were killed, whose exchange is not in the log (yet).</summary>
    public required long Unfinished { get; init; }

    /// <summary>Everything that does not hold; empty when the log is sound.</summary>
    public required IReadOnlyList<VerificationFault> Faults { get; init; }

    /// <summary>Whether nothing is at fault.</summary>
    public bool Passed => Faults.Count == 0;
}
