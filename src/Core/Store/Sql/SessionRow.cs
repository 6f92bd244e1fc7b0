namespace Tda.Core.Store.Sql;

/// <summary>A row of <c>gateway_sessions</c>.</summary>
internal sealed class SessionRow
{
    public string Id { get; init; } = "";

    public long StartedAt { get; init; }

    public long? StoppedAt { get; init; }

    public string Durability { get; init; } = "";

    public long Forwarded { get; init; }

    public long Spooled { get; init; }

    public long Dropped { get; init; }

    public static SessionRow From(GatewaySession s) => new()
    {
        Id = s.Id,
        StartedAt = ExchangeTime.ToMicroseconds(s.StartedAt),
        StoppedAt = s.StoppedAt is { } at ? ExchangeTime.ToMicroseconds(at) : null,
        Durability = s.Durability,
        Forwarded = s.Forwarded,
        Spooled = s.Spooled,
        Dropped = s.Dropped,
    };

    public GatewaySession ToSession() => new()
    {
        Id = Id,
        StartedAt = ExchangeTime.FromMicroseconds(StartedAt),
        StoppedAt = StoppedAt is { } at ? ExchangeTime.FromMicroseconds(at) : null,
        Durability = Durability,
        Forwarded = Forwarded,
        Spooled = Spooled,
        Drops = Dropped == 0 ? new Dictionary<string, long>() : new Dictionary<string, long> { ["spool_failed"] = Dropped },
    };
}
