namespace Tda.Gateway.Protocols.OpenAI;

/// <summary>The tool calls of a response (<c>function_call</c>, every other <c>…_call</c>), whole or in a stream's pieces.</summary>
internal sealed class ResponsesToolCalls
{
    private readonly SortedDictionary<long, (byte[] Item, TextBuilder? Delta)> _calls = [];

    public bool IsEmpty => _calls.Count == 0;

    /// <summary>Adds an item of a plain answer's output; of other types than calls nothing is kept.</summary>
    public void AddWhole(string? type, ReadOnlySpan<byte> item)
    {
        if (IsCall(type))
        {
            _calls.Add(_calls.Count, (item.ToArray(), null));
        }
    }

    /// <summary>An event with a call as it begins or, in the place of that, as it ended; true when it is a call.</summary>
    public bool AddItem(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var index = JsonRead.PeekCount(reader, "output_index"u8) ?? 0;
        var isCall = false;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("item"u8) && JsonRead.IntoObject(ref reader, "item"))
            {
                isCall = IsCall(JsonRead.Peek(reader, "type"u8));
                var raw = JsonRead.RawHere(ref reader, body);
                if (isCall)
                {
                    _calls[index] = (raw.ToArray(), null);
                }
            }
            else
            {
                JsonRead.Skip(ref reader);
            }
        }

        return isCall;
    }

    /// <summary>A piece of a call's arguments.</summary>
    public bool AddDelta(ref Utf8JsonReader reader)
    {
        var index = JsonRead.PeekCount(reader, "output_index"u8) ?? 0;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("delta"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.String && _calls.TryGetValue(index, out var call))
                {
                    call.Delta ??= new();
                    call.Delta.Append(ref reader);
                    _calls[index] = call;
                }
            }
            else
            {
                JsonRead.Skip(ref reader);
            }
        }

        return true;
    }

    /// <summary>The calls as a JSON array, in their order; null when there are none.</summary>
    public string? ToJson() => JsonText.Array(_calls.Values, (writer, call) => Write(writer, call.Item, call.Delta?.Text));

    /// <summary>An item as sent; where the stream ended inside it, with the arguments that came.</summary>
    private static void Write(Utf8JsonWriter writer, byte[] item, string? delta)
    {
        if (delta is null)
        {
            writer.WriteRawValue(item);
            return;
        }

        var reader = JsonRead.Start(item);
        writer.WriteStartObject();
        while (JsonRead.NextProperty(ref reader))
        {
            var grows = reader.ValueTextEquals("arguments"u8) || reader.ValueTextEquals("input"u8);
            writer.WritePropertyName(reader.GetString()!);
            var raw = JsonRead.Raw(ref reader, item);
            if (grows)
            {
                writer.WriteStringValue(delta);
            }
            else
            {
                writer.WriteRawValue(raw);
            }
        }

        writer.WriteEndObject();
    }

    private static bool IsCall(string? type) => type is not null && type.EndsWith("_call", StringComparison.Ordinal);
}
