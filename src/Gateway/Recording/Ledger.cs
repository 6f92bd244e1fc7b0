namespace Tda.Gateway.Recording;

/// <summary>Counts what becomes of every request, so that it can be shown that none is missing. Safe for concurrent use.</summary>
internal sealed class Ledger(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly long[] _drops = new long[DropCauses.All.Count];
    private long _forwarded;
    private long _spooled;
    private long _recorded;
    private long _inFlight;
    private DateTimeOffset? _lastLoss;

    /// <summary>When a request was last dropped that nobody wanted to be; null when none was.</summary>
    public DateTimeOffset? LastLoss
    {
        get
        {
            lock (_gate)
            {
                return _lastLoss;
            }
        }
    }

    /// <summary>A request is taken on behalf of the upstream; exactly one of <see cref="Spooled"/> and <see cref="Dropped"/> follows.</summary>
    public void Forwarded()
    {
        lock (_gate)
        {
            _forwarded++;
            _inFlight++;
        }
    }

    /// <summary>Its exchange is about to be written to the spool: said before, so that the drain can't be ahead of the count.</summary>
    public void Spooled()
    {
        lock (_gate)
        {
            _inFlight--;
            _spooled++;
        }
    }

    /// <summary>The spool did not take it after all.</summary>
    public void NotSpooled(DropCause cause)
    {
        lock (_gate)
        {
            _spooled--;
            Drop(cause);
        }
    }

    /// <summary>It will not be recorded.</summary>
    public void Dropped(DropCause cause)
    {
        lock (_gate)
        {
            _inFlight--;
            Drop(cause);
        }
    }

    /// <summary>The store has so many more of the spooled ones.</summary>
    public void Recorded(long count)
    {
        lock (_gate)
        {
            _recorded += count;
        }
    }

    /// <summary>The store refused a spooled one for good.</summary>
    public void Refused()
    {
        lock (_gate)
        {
            _spooled--;
            Drop(DropCause.StoreRefused);
        }
    }

    /// <summary>The counters of one moment.</summary>
    public GatewayCounts Counts()
    {
        lock (_gate)
        {
            return new(_forwarded, _recorded, _spooled - _recorded, DropsNow(), _inFlight);
        }
    }

    /// <summary>The session with its counters.</summary>
    public GatewaySession Describe(GatewaySession session)
    {
        lock (_gate)
        {
            return session with { Forwarded = _forwarded, Drops = DropsNow() };
        }
    }

    private void Drop(DropCause cause)
    {
        _drops[(int)cause]++;
        if (!DropCauses.IsWanted(cause.Name()))
        {
            _lastLoss = time.GetUtcNow();
        }
    }

    private Dictionary<string, long> DropsNow() =>
        DropCauses.All.Where(cause => _drops[(int)cause] > 0).ToDictionary(cause => cause.Name(), cause => _drops[(int)cause]);
}
