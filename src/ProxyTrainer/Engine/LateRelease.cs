namespace Tda.ProxyTrainer.Engine;

/// <summary>
/// Native objects whose managed owner has ended. A native call that began before may still be reading one, and nothing tells when it has
/// returned; so each is released after a grace that is longer than any call.
/// </summary>
/// <param name="grace">Between the owner's end and the release.</param>
/// <param name="release">Frees one.</param>
/// <param name="time">The system's clock unless given.</param>
/// <remarks>Nothing runs by itself: whoever ends objects calls <see cref="ReleaseDue"/>, so that memory is held for long only while none end.</remarks>
internal sealed class LateRelease(TimeSpan grace, Action<nint> release, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _gate = new();
    private readonly Queue<(long Due, nint Handle)> _ended = [];
    private long _next = long.MaxValue; // when the first is due

    /// <summary>How many have ended and aren't released yet.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _ended.Count;
            }
        }
    }

    /// <summary>Takes over an object whose owner has ended.</summary>
    public void Add(nint handle)
    {
        var due = _time.GetTimestamp() + (long)(grace.TotalSeconds * _time.TimestampFrequency);
        lock (_gate)
        {
            _ended.Enqueue((due, handle));
            _next = Math.Min(_next, due);
        }
    }

    /// <summary>Releases those whose grace is over. Takes no lock while there are none, since it is called for every tensor that ends.</summary>
    public void ReleaseDue()
    {
        while (Volatile.Read(ref _next) != long.MaxValue && Take(_time.GetTimestamp()) is { } handle)
        {
            release(handle); // outside of the lock: freeing a graph of gradients takes a while
        }
    }

    private nint? Take(long now)
    {
        if (now < Volatile.Read(ref _next))
        {
            return null;
        }

        lock (_gate)
        {
            if (!_ended.TryPeek(out var first) || now < first.Due)
            {
                return null;
            }

            _ended.Dequeue();
            _next = _ended.TryPeek(out var next) ? next.Due : long.MaxValue;
            return first.Handle;
        }
    }
}
