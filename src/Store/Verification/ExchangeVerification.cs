namespace Tda.Store.Verification;

/// <summary>The outcome of checking a log.</summary>
/// <remarks>
/// forwarded = recorded + erased + pruned + spooled + dropped + unfinished, over all gateway runs, when nothing is at fault.
/// </remarks>
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

    /// <summary>Everything that does not hold, the first <see cref="FaultList.Most"/> of it; empty when the log is sound.</summary>
    public required IReadOnlyList<VerificationFault> Faults { get; init; }

    /// <summary>Faults beyond those listed.</summary>
    public long FaultsLeftOut { get; init; }

    /// <summary>Where each session's chain ends now; keep them to show later that history was not rewritten.</summary>
    public IReadOnlyList<ChainHead> Heads { get; init; } = [];

    /// <summary>Whether nothing is at fault.</summary>
    public bool Passed => Faults.Count == 0;
}

/// <summary>A gateway run's hash chain at a point.</summary>
/// <param name="Session">The run's id.</param>
/// <param name="Sequence">The number of the last exchange in it.</param>
/// <param name="Chain">The link after that exchange, lower-case hex.</param>
public sealed record ChainHead(string Session, long Sequence, string Chain);

/// <summary>Something in the log that does not hold.</summary>
/// <param name="Subject">The exchange or gateway session at fault: its id.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record VerificationFault(string Subject, string Reason);

/// <summary>Faults, of which only the first ones are kept: a log that is wrong throughout must not fill the memory.</summary>
internal sealed class FaultList
{
    public const int Most = 1000;

    private readonly List<VerificationFault> _faults = [];

    public IReadOnlyList<VerificationFault> Kept => _faults;

    public long LeftOut { get; private set; }

    public void Add(string subject, string reason)
    {
        if (_faults.Count < Most)
        {
            _faults.Add(new(subject, reason));
        }
        else
        {
            LeftOut++;
        }
    }
}
