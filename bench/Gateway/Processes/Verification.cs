using System.Text.Json.Nodes;

namespace Tda.Bench.Gateway.Processes;

/// <summary>What `tda exchanges verify --json` said.</summary>
/// <param name="Json">All of it.</param>
internal sealed record Verification(JsonNode Json)
{
    public bool Passed => Json["passed"]?.GetValue<bool>() ?? (Json["faults"] is JsonArray { Count: 0 });

    public long Forwarded => LenientJson.Sum(Json, "forwarded");

    public long Recorded => LenientJson.Sum(Json, "recorded");

    public long DeclaredDrops => LenientJson.Sum(Json, "dropped", "declared_drops", "drops");

    /// <summary>Forwarded, but neither in the store nor declared: must be 0.</summary>
    public long Undeclared => Forwarded - Recorded - DeclaredDrops;

    /// <summary>What the gateway's own counter said before it stopped.</summary>
    public long ForwardedByHealth { get; init; }

    /// <summary>Whether the gateway stopped by itself.</summary>
    public bool Orderly { get; init; }

    /// <summary>How long the check took.</summary>
    public double Seconds { get; init; }

    /// <summary>Everything that does not hold, in words.</summary>
    public IEnumerable<string> Failures(string name)
    {
        if (!Passed)
        {
            yield return $"{name}: verify found faults: {Short(Json["faults"]?.ToJsonString() ?? Json.ToJsonString())}";
        }

        if (Undeclared != 0)
        {
            yield return $"{name}: {Undeclared} exchanges are neither recorded nor declared as dropped";
        }

        if (!Orderly)
        {
            yield return $"{name}: did not stop by itself";
        }
    }

    private static string Short(string text) => text.Length > 500 ? text[..500] + " …" : text;
}
