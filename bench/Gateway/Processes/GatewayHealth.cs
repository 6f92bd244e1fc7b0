using System.Text.Json.Nodes;

namespace Tda.Bench.Gateway.Processes;

/// <summary>The counters of <c>/health</c>.</summary>
/// <param name="Json">All of it.</param>
internal sealed record GatewayHealth(JsonNode Json)
{
    public long Forwarded => LenientJson.Sum(Json, "forwarded");

    public long Recorded => LenientJson.Sum(Json, "recorded");

    public long DeclaredDrops => LenientJson.Sum(Json, "declared_drops", "dropped", "drops");

    /// <summary>Exchanges that are in the spool only.</summary>
    public long Pending => LenientJson.Sum(Json, "pending", "spooled");

    public long InFlight => LenientJson.Sum(Json, "in_flight");

    /// <summary>Whether the store has all of it.</summary>
    public bool Settled => Pending == 0 && InFlight == 0 && Recorded + DeclaredDrops >= Forwarded;
}
