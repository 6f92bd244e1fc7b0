using Tda.Gateway.Forwarding;
using Tda.Gateway.Spooling;

namespace Tda.Gateway.Recording;

/// <summary>The exchanges under way. Those that take long are spooled as they go, so that a crash leaves what had come by then.</summary>
internal sealed class OpenExchanges(SpoolWriter writer, TimeProvider time, TimeSpan openAfter)
{
    private readonly Lock _gate = new();

    // In the order in which they came.
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

    /// <returns>Its place, for <see cref="Remove"/>.</returns>
    public LinkedListNode<ExchangeCapture> Add(ExchangeCapture capture)
    {
        var place = new LinkedListNode<ExchangeCapture>(capture);
        lock (_gate)
        {
            _open.AddLast(place);
        }

        return place;
    }

    public void Remove(LinkedListNode<ExchangeCapture> place)
    {
        lock (_gate)
        {
            _open.Remove(place);
        }
    }

    /// <summary>Spools the progress of those that have been under way for long.</summary>
    /// <exception cref="IOException">The spool can't be written.</exception>
    public void Sweep()
    {
        List<ExchangeCapture> old;
        lock (_gate)
        {
            old = [.. _open.TakeWhile(capture => time.GetElapsedTime(capture.Start) >= openAfter)];
        }

        foreach (var capture in old)
        {
            capture.SpoolProgress(writer, force: false);
        }
    }
}
