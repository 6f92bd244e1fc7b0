namespace Tda.Gateway;

/// <summary>A gateway run's counters at one moment: forwarded = recorded + pending + dropped + in flight.</summary>
/// <param name="Forwarded">Requests taken on behalf of the upstream.</param>
/// <param name="Recorded">Exchanges in the store.</param>
/// <param name="Pending">Exchanges in the spool that the store does not have yet.</param>
/// <param name="Drops">Requests declared not to be recorded, by cause; causes without any are absent.</param>
/// <param name="InFlight">Requests whose exchange is not settled yet.</param>
public sealed record GatewayCounts(long Forwarded, long Recorded, long Pending, IReadOnlyDictionary<string, long> Drops, long InFlight)
{
    /// <summary>All declared drops.</summary>
    public long Dropped => Drops.Values.Sum();

    /// <summary>Requests that none of the other counters explains. Anything but 0 is a loss that nobody declared.</summary>
    public long Unexplained => Forwarded - Recorded - Pending - Dropped - InFlight;
}
