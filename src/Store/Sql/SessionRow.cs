using System.Text.Json;
using Tda.Core.Exchanges;

namespace Tda.Store.Sql;

/// <summary>A row of <c>gateway_sessions</c>.</summary>
internal sealed class SessionRow
{
    public string Id { get; init; } = "";

    public long StartedAt { get; init; }

    public long? StoppedAt { get; init; }

    public string Durability { get; init; } = "";

    public long Forwarded { get; init; }

    public long Spooled { get; init; }

    public string? ChainHead { get; init; }

    public string Drops { get; init; } = "{}";

    public static SessionRow From(GatewaySession s) => new()
    {
        Id = s.Id,
        StartedAt = ExchangeTime.ToMicroseconds(s.StartedAt),
        StoppedAt = s.StoppedAt is { } at ? ExchangeTime.ToMicroseconds(at) : null,
        Durability = s.Durability,
        Forwarded = s.Forwarded,
        Spooled = s.Spooled,
        ChainHead = s.ChainHead,
        Drops = JsonSerializer.Serialize(s.Drops, JsonDefaults.Options),
    };

    public GatewaySession ToSession() => new()
    {
        Id = Id,
        StartedAt = ExchangeTime.FromMicroseconds(StartedAt),
        StoppedAt = StoppedAt is { } at ? ExchangeTime.FromMicroseconds(at) : null,
        Durability = Durability,
        Forwarded = Forwarded,
        Spooled = Spooled,
        ChainHead = ChainHead,
        Drops = JsonSerializer.Deserialize<Dictionary<string, long>>(Drops, JsonDefaults.Options) ?? [],
    };
}
