namespace Tda.Gateway.Protocols.Anthropic;

/// <summary>The content blocks of an answer: text and thinking go to their texts, tool calls are put together from their pieces.</summary>
internal sealed class ContentBlocks(ParsedExchange parsed)
{
    private readonly SortedDictionary<long, (byte[] Block, TextBuilder Input)> _calls = [];

    /// <summary>A whole block of a plain answer.</summary>
    public void AddWhole(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, long index)
    {
        JsonRead.ObjectHere(ref reader, "content");
        ReadBlock(ref reader, body, index);
    }

    /// <summary>A block's first event; true when it holds a piece of the answer.</summary>
    public bool Start(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var index = JsonRead.PeekCount(reader, "index"u8) ?? 0;
        var found = false;
        while (JsonRead.NextProperty(ref reader))
        {
            if (!reader.ValueTextEquals("content_block"u8))
            {
                JsonRead.Skip(ref reader);
            }
            else if (JsonRead.IntoObject(ref reader, "content_block"))
            {
                found = ReadBlock(ref reader, body, index);
            }
        }

        return found;
    }

    /// <summary>A block's next piece; true when it holds one of the answer.</summary>
    public bool Add(ref Utf8JsonReader reader)
    {
        var index = JsonRead.PeekCount(reader, "index"u8) ?? 0;
        var found = false;
        while (JsonRead.NextProperty(ref reader))
        {
            if (!reader.ValueTextEquals("delta"u8))
            {
                JsonRead.Skip(ref reader);
            }
            else if (JsonRead.IntoObject(ref reader, "delta"))
            {
                found = ReadDelta(ref reader, index);
            }
        }

        return found;
    }

    /// <summary>The tool calls as a JSON array, in their order; null when there are none.</summary>
    public string? ToolCalls() => JsonText.Array(_calls.Values, (writer, call) => Write(writer, call.Block, call.Input.Text));

    private bool ReadBlock(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, long index)
    {
        var type = JsonRead.Peek(reader, "type"u8) ?? "";
        if (type.EndsWith("tool_use", StringComparison.Ordinal))
        {
            _calls[index] = (JsonRead.RawHere(ref reader, body).ToArray(), new());
            return true;
        }

        var found = false;
        while (JsonRead.NextProperty(ref reader))
        {
            if (type == "text" && reader.ValueTextEquals("text"u8))
            {
                found |= AppendNext(parsed.Text, ref reader, "text");
            }
            else if (type == "thinking" && reader.ValueTextEquals("thinking"u8))
            {
                found |= AppendNext(parsed.Reasoning, ref reader, "thinking");
            }
            else
            {
                JsonRead.Skip(ref reader);
            }
        }

        return found;
    }

    private bool ReadDelta(ref Utf8JsonReader reader, long index)
    {
        var found = false;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("text"u8))
            {
                found |= AppendNext(parsed.Text, ref reader, "text");
            }
            else if (reader.ValueTextEquals("thinking"u8))
            {
                found |= AppendNext(parsed.Reasoning, ref reader, "thinking");
            }
            else if (reader.ValueTextEquals("partial_json"u8))
            {
                found |= _calls.TryGetValue(index, out var call)
                    ? AppendNext(call.Input, ref reader, "partial_json")
                    : throw new FormatException($"a piece of block {index}, which is no tool call");
            }
            else
            {
                JsonRead.Skip(ref reader);
            }
        }

        return found;
    }

    private static bool AppendNext(TextBuilder text, ref Utf8JsonReader reader, string name)
    {
        reader.Read();
        return text.Append(ref reader, name);
    }

    /// <summary>A call's block with the input that its pieces make; of an input that the stream cut, what came as a string.</summary>
    private static void Write(Utf8JsonWriter writer, byte[] block, string? input)
    {
        if (string.IsNullOrEmpty(input))
        {
            writer.WriteRawValue(block);
            return;
        }

        var reader = JsonRead.Start(block);
        writer.WriteStartObject();
        while (JsonRead.NextProperty(ref reader))
        {
            var isInput = reader.ValueTextEquals("input"u8);
            writer.WritePropertyName(reader.GetString()!);
            var raw = JsonRead.Raw(ref reader, block);
            if (!isInput)
            {
                writer.WriteRawValue(raw);
            }
            else if (IsJson(input))
            {
                writer.WriteRawValue(input);
            }
            else
            {
                writer.WriteStringValue(input);
            }
        }

        writer.WriteEndObject();
    }

    private static bool IsJson(string text)
    {
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
