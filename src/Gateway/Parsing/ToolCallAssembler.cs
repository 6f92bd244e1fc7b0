using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tda.Gateway.Parsing;

/// <summary>Joins the pieces in which a stream sends tool calls: the arguments grow, everything else stands from when it came first.</summary>
internal sealed class ToolCallAssembler
{
    private readonly SortedDictionary<long, (JsonObject Call, StringBuilder Arguments)> _calls = [];

    /// <summary>Adds the <c>tool_calls</c> of one chunk's delta.</summary>
    public void Add(IEnumerable<JsonElement> pieces)
    {
        foreach (var piece in pieces)
        {
            var index = piece.Count("index") ?? 0;
            if (!_calls.TryGetValue(index, out var call))
            {
                call = (new JsonObject(), new StringBuilder());
                _calls.Add(index, call);
            }

            Merge(call.Call, piece, call.Arguments);
        }
    }

    /// <summary>The whole calls as a JSON array, in the order of their index; null when there are none.</summary>
    public string? ToJson()
    {
        if (_calls.Count == 0)
        {
            return null;
        }

        var array = new JsonArray();
        foreach (var (call, arguments) in _calls.Values)
        {
            if (call["function"] is JsonObject function)
            {
                function["arguments"] = arguments.ToString();
            }

            array.Add(call.DeepClone());
        }

        return array.ToJsonString();
    }

    private static void Merge(JsonObject target, JsonElement piece, StringBuilder arguments)
    {
        if (piece.ValueKind != JsonValueKind.Object)
        {
            throw JsonShape.Unexpected("tool_calls", "objects", piece);
        }

        foreach (var property in piece.EnumerateObject())
        {
            if (property.NameEquals("arguments"))
            {
                arguments.Append(property.Value.GetString());
            }
            else if (property.Value.ValueKind == JsonValueKind.Object)
            {
                var inner = target[property.Name] as JsonObject ?? [];
                target[property.Name] = inner;
                Merge(inner, property.Value, arguments);
            }
            else if (!property.NameEquals("index") && property.Value.ValueKind != JsonValueKind.Null)
            {
                target.TryAdd(property.Name, JsonNode.Parse(property.Value.GetRawText()));
            }
        }
    }
}
