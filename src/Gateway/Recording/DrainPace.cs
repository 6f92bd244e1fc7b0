namespace Tda.Gateway.Recording;

/// <summary>
/// How much of a core the drain may take. While requests come fast it keeps to a share, so that clients have the machine; when they
/// don't, or when the spool grows long, it runs as fast as it can.
/// </summary>
internal sealed class DrainPace(TimeProvider time, Func<long> forwarded)
{
    /// <summary>The share of one core while the gateway is busy.</summary>
    public const double BusyShare = .05;

    /// <summary>Pending bytes from which on the drain no longer yields.</summary>
    public const long LongSpool = 4L << 30;

    // Below this rate a share of a core is more than the drain needs anyway.
    private const double BusyRate = 200;

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private long _lastTime = time.GetTimestamp();
    private long _lastForwarded = forwarded();
    private bool _busy;

    /// <summary>How long to pause after a piece of work.</summary>
    /// <param name="worked">How long it took.</param>
    /// <param name="pendingBytes">What is still to be drained.</param>
    public TimeSpan PauseAfter(TimeSpan worked, long pendingBytes)
    {
        var elapsed = time.GetElapsedTime(_lastTime);
        if (elapsed >= TimeSpan.FromMilliseconds(100))
        {
            var now = forwarded();
            _busy = (now - _lastForwarded) / elapsed.TotalSeconds > BusyRate;
            (_lastTime, _lastForwarded) = (time.GetTimestamp(), now);
        }

        if (!_busy || pendingBytes >= LongSpool)
        {
            return TimeSpan.Zero;
        }

        var pause = worked * ((1 / BusyShare) - 1);
        return pause < LongestPause ? pause : LongestPause;
    }
}
