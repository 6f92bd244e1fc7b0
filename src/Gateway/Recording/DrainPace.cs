namespace Tda.Gateway.Recording;

/// <summary>
/// How much of a core the drain may take. While requests come fast it takes half of what lies idle beyond what a machine under full load
/// leaves idle too, and a little in any case, so that clients have the machine; when they don't, or when the spool grows long, it runs as
/// fast as it can.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="forwarded">Requests taken so far.</param>
/// <param name="idle">Idle cores, on average since it was last asked; null where that can't be known.</param>
internal sealed class DrainPace(TimeProvider time, Func<long> forwarded, Func<double?> idle)
{
    /// <summary>The share of one core while requests come fast and nothing is idle.</summary>
    public const double LeastShare = .02;

    /// <summary>Pending bytes from which on the drain no longer yields.</summary>
    public const long LongSpool = 4L << 30;

    // Below this rate a share of a core is more than the drain needs anyway.
    private const double BusyRate = 200;

    // The other half is for the requests that come while it works.
    private const double ShareOfIdle = .5;

    // Cores that take turns waiting for each other lie idle for so much of the time, though none is free.
    private static readonly double NeverFree = Environment.ProcessorCount / 8.0;

    // The system counts in hundredths of a second.
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(250);

    private long _lastTime = time.GetTimestamp();
    private long _lastForwarded = forwarded();
    private double? _share;

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
            var busy = (now - _lastForwarded) / elapsed.TotalSeconds > BusyRate;
            var free = (idle() ?? 0) - NeverFree;
            _share = busy ? Math.Clamp(ShareOfIdle * free, LeastShare, 1) : null;
            (_lastTime, _lastForwarded) = (time.GetTimestamp(), now);
        }

        if (_share is not { } share || pendingBytes >= LongSpool)
        {
            return TimeSpan.Zero;
        }

        var left = (worked * ((1 / share) - 1)) - paused;
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < Window ? left : Window;
    }
}
