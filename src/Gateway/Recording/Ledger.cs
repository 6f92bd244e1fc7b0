namespace Tda.Gateway.Recording;

/// <summary>Counts what becomes of every request, so that it can be shown that none is missing. Safe for concurrent use.</summary>
internal sealed class Ledger(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<DropCause, long> _drops = [];
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
            Drop(cause, 1);
        }
    }

    /// <summary>It will not be recorded.</summary>
    public void Dropped(DropCause cause)
    {
        lock (_gate)
        {
            _inFlight--;
            Drop(cause, 1);
        }
    }

    /// <summary>The store has so many more of the spooled ones, and refused so many for good.</summary>
    public void Drained(int recorded, int refused)
    {
        lock (_gate)
        {
            _recorded += recorded;
            _spooled -= refused;
            Drop(DropCause.StoreRefused, refused);
        }
    }

    public GatewayCounts Counts()
    {
        lock (_gate)
        {
            return new(_forwarded, _recorded, _spooled - _recorded, DropsNow(), _inFlight);
        }
    }

    public GatewaySession Describe(GatewaySession session)
    {
        lock (_gate)
        {
            return session with { Forwarded = _forwarded, Drops = DropsNow() };
        }
    }

    private void Drop(DropCause cause, int count)
    {
        if (count == 0)
        {
            return;
        }

        _drops[cause] = _drops.GetValueOrDefault(cause) + count;
        if (!DropCauses.IsWanted(cause.Name()))
        {
            _lastLoss = time.GetUtcNow();
        }
    }

    private Dictionary<string, long> DropsNow() => _drops.ToDictionary(drop => drop.Key.Name(), drop => drop.Value);
}
