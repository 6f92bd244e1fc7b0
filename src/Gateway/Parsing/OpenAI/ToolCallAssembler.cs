using System.Buffers;
using System.Text;
using System.Text.Json;
using Tda.Gateway.Parsing.Json;

namespace Tda.Gateway.Parsing.OpenAI;

/// <summary>Joins the pieces in which a stream sends tool calls: arguments grow, everything else stands from when it came first.</summary>
internal sealed class ToolCallAssembler
{
    private readonly SortedDictionary<long, JoinedObject> _calls = [];

    /// <summary>Adds the items of the array that the reader stands in (one chunk's <c>tool_calls</c>); false where it is empty.</summary>
    public bool Add(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var any = false;
        while (JsonRead.NextItem(ref reader))
        {
            any = true;
            JsonRead.ObjectHere(ref reader, "tool_calls");
            var index = JsonRead.PeekCount(reader, "index"u8) ?? 0;
            if (!_calls.TryGetValue(index, out var call))
            {
                call = new();
                _calls.Add(index, call);
            }

            call.Add(ref reader, body);
        }

        return any;
    }

    /// <summary>The whole calls as a JSON array, in the order of their index; null when there are none.</summary>
    public string? ToJson()
    {
        if (_calls.Count == 0)
        {
            return null;
        }

        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, JsonText.Readable))
        {
            writer.WriteStartArray();
            foreach (var call in _calls.Values)
            {
                call.Write(writer);
            }

            writer.WriteEndArray();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
