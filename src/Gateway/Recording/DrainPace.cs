namespace Tda.Gateway.Recording;

/// <summary>
/// How long the drain rests after a piece of work. While requests come fast it takes a hundredth of the machine, so that clients have the
/// rest; when they don't, or when the spool grows long, it runs as fast as it can.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="forwarded">Requests taken so far.</param>
/// <param name="processors">Cores of the machine.</param>
internal sealed class DrainPace(TimeProvider time, Func<long> forwarded, int processors)
{
    /// <summary>Pending bytes from which on the drain no longer yields.</summary>
    public const long LongSpool = 1L << 30;

    /// <summary>Requests a second from which on the drain yields; below it a share of a core is more than it needs anyway.</summary>
    public const double BusyRate = 200;

    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(250);

    // The share of one core. A tenth would be 20 µs for each of 5,000 requests a second, which take 170 µs of processor time each.
    private readonly double _share = Math.Clamp(processors / 100.0, .02, 1);
    private long _lastTime = time.GetTimestamp();
    private long _lastForwarded = forwarded();
    private bool _busy;

    /// <summary>How long to pause after a piece of work before asking again; nothing once it may go on.</summary>
    /// <param name="worked">How long it took.</param>
    /// <param name="paused">How long the drain has paused since.</param>
    /// <param name="pendingBytes">What is still to be drained.</param>
    public TimeSpan PauseAfter(TimeSpan worked, TimeSpan paused, long pendingBytes)
    {
        var elapsed = time.GetElapsedTime(_lastTime);
        if (elapsed >= Window)
        {
            var now = forwarded();
            _busy = (now - _lastForwarded) / elapsed.TotalSeconds > BusyRate;
            (_lastTime, _lastForwarded) = (time.GetTimestamp(), now);
        }

        if (!_busy || pendingBytes >= LongSpool)
        {
            return TimeSpan.Zero;
        }

        var left = (worked * ((1 / _share) - 1)) - paused;
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < Window ? left : Window;
    }
}
