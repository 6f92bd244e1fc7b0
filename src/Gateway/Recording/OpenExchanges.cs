using Tda.Gateway.Capture;
using Tda.Gateway.Spool;

namespace Tda.Gateway.Recording;

/// <summary>The exchanges under way. Those that take long are spooled as they go, so that a crash leaves what had come by then.</summary>
internal sealed class OpenExchanges(SpoolWriter writer, MemoryBudget memory, TimeProvider time, Func<TimeSpan> openAfter)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<ExchangeCapture> _open = [];

    /// <summary>The oldest segment that holds something of an exchange under way; <see cref="long.MaxValue"/> when none does.</summary>
    public long OldestSegment
    {
        get
        {
            lock (_gate)
            {
                return _open.Select(capture => capture.FirstSegment).DefaultIfEmpty(long.MaxValue).Min();
            }
        }
    }

    public void Add(ExchangeCapture capture)
    {
        lock (_gate)
        {
            capture.Place = _open.AddLast(capture);
        }
    }

    public void Remove(ExchangeCapture capture)
    {
        lock (_gate)
        {
            if (capture.Place is { List: not null } place)
            {
                _open.Remove(place);
            }
        }
    }

    /// <summary>Spools the progress of those that have been under way for long.</summary>
    /// <exception cref="IOException">The spool can't be written.</exception>
    public void Sweep()
    {
        List<ExchangeCapture> old;
        var after = openAfter();
        lock (_gate)
        {
            old = [.. _open.Where(capture => time.GetElapsedTime(capture.Start) >= after)];
        }

        foreach (var capture in old)
        {
            // Large bodies whose turn it is not are tried again by the next sweep.
            var cost = capture.ProgressCost(writer);
            using var turn = cost > 0 ? memory.TryTurn(cost) : null;
            if (cost == 0 || turn is not null)
            {
                capture.SpoolProgress(writer, force: false);
            }
        }
    }
}
