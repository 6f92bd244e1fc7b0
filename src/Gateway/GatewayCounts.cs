namespace Tda.Gateway;

/// <summary>A gateway's counters at one moment. Forwarded = recorded + spooled + dropped + in flight.</summary>
/// <param name="Forwarded">Requests taken on behalf of the upstream.</param>
/// <param name="Recorded">Exchanges in the log.</param>
/// <param name="Spooled">Exchanges in the spool, since the log could not be written.</param>
/// <param name="Dropped">Exchanges that neither log nor spool could take: declared drops.</param>
public sealed record GatewayCounts(long Forwarded, long Recorded, long Spooled, long Dropped)
{
    /// <summary>Requests whose exchange is not settled yet.</summary>
    public long InFlight => Forwarded - Recorded - Spooled - Dropped;

    /// <summary>Exchanges that the log failed to take.</summary>
    public long Failed => Spooled + Dropped;
}
