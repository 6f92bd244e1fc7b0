using System.Text.Json.Nodes;

namespace Tda.Core.Json;

/// <summary>The leaves of a JSON object as a list, for people.</summary>
public static class JsonMembers
{
    /// <summary>Every member that holds no object, by dotted name; text without quotes, everything else as JSON writes it.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Flat(JsonNode? node) => Flat("", node);

    private static IEnumerable<KeyValuePair<string, string>> Flat(string prefix, JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => Flat(prefix.Length == 0 ? member.Key : $"{prefix}.{member.Key}", member.Value)),
        JsonValue value when value.TryGetValue(out string? text) => [KeyValuePair.Create(prefix, text)],
        _ => [KeyValuePair.Create(prefix, node?.ToJsonString(JsonDefaults.Options) ?? "null")],
    };
}
