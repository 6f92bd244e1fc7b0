namespace Tda.Review;

/// <summary>
/// How the log does by what its gateways' runs have written into it, for a desk that isn't part of a gateway: looked at when somebody looks at the
/// desk, at most every few seconds.
/// </summary>
internal sealed class LogHealth(IExchangeReader log, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private Look? _last;

    /// <summary>What was seen last.</summary>
    public DeskHealth Last => Volatile.Read(ref _last)?.Health ?? new("not looked at yet", 0, 0, 0, 0, 0);

    /// <summary>Looks, unless somebody did just now.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _last) is { } last && time.GetElapsedTime(last.At) < Fresh)
        {
            return;
        }

        Volatile.Write(ref _last, new(await ReadAsync(cancellationToken), time.GetTimestamp()));
    }

    private async Task<DeskHealth> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return Of(await log.SessionsAsync(cancellationToken));
        }
        catch (TdaException error)
        {
            return new("away", 0, 0, 0, 0, 0) { Reasons = [error.Message] };
        }
    }

    /// <summary>Adds the runs up.</summary>
    internal static DeskHealth Of(IReadOnlyList<GatewaySession> sessions)
    {
        // Exchanges that the store refused had a number before they became drops.
        static long Recorded(GatewaySession session) => session.Spooled - session.Drops.GetValueOrDefault(GatewaySession.RefusedCause);
        static long Left(GatewaySession session) => session.Forwarded - Recorded(session) - session.Dropped;

        // What is missing of a run that hasn't stopped is in flight, or was when it was killed.
        var health = new DeskHealth(
            "ok", sessions.Sum(session => session.Forwarded), sessions.Sum(Recorded), Pending: 0, sessions.Sum(session => session.Dropped),
            sessions.Where(session => session.StoppedAt is null).Sum(Left));
        return health.Difference == 0 ? health : health with { Status = "incomplete", Reasons = ["`tda exchanges verify` says where exchanges are missing"] };
    }

    private sealed record Look(DeskHealth Health, long At);
}
