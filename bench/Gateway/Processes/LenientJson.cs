using System.Text.Json.Nodes;

namespace Tda.Bench.Gateway.Processes;

/// <summary>Counters by any of their names, a number or an object of numbers by cause.</summary>
internal static class LenientJson
{
    /// <summary>The first member of these names that is there, summed; 0 when none is.</summary>
    public static long Sum(JsonNode json, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (json[name] is { } node)
            {
                return Sum(node);
            }
        }

        return 0;
    }

    private static long Sum(JsonNode node) => node switch
    {
        JsonObject causes => causes.Sum(cause => cause.Value is null ? 0 : Sum(cause.Value)),
        JsonArray causes => causes.Sum(cause => cause is null ? 0 : Sum(cause)),
        _ => node.GetValueKind() == JsonValueKind.Number ? node.GetValue<JsonElement>().GetInt64() : 0,
    };
}
