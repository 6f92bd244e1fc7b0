namespace Tda.Gateway.Protocols.OpenAI;

/// <summary>Reads the messages of a chat request.</summary>
internal static class ChatMessageReader
{
    /// <summary>The messages of the array behind the property that the reader stands on.</summary>
    public static List<ChatMessage> ReadAll(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var messages = new List<ChatMessage>();
        for (var more = JsonRead.IntoArray(ref reader, "messages"); more && JsonRead.NextItem(ref reader);)
        {
            messages.Add(Read(ref reader, body));
        }

        return messages;
    }

    private static ChatMessage Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        JsonRead.ObjectHere(ref reader, "messages");
        string? role = null, content = null, raw = null, toolCalls = null, toolCallId = null, name = null;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("role"u8))
            {
                role = JsonRead.Text(ref reader, "role");
            }
            else if (reader.ValueTextEquals("content"u8))
            {
                reader.Read();
                (content, raw) = ContentHere(ref reader, body, "content");
            }
            else if (reader.ValueTextEquals("tool_calls"u8))
            {
                toolCalls = RawOrNull(JsonRead.Raw(ref reader, body));
            }
            else if (reader.ValueTextEquals("tool_call_id"u8))
            {
                toolCallId = JsonRead.Text(ref reader, "tool_call_id");
            }
            else if (reader.ValueTextEquals("name"u8))
            {
                name = JsonRead.Text(ref reader, "name");
            }
        }

        return new(role ?? throw new FormatException("'role' is missing"), content ?? "")
        {
            RawContent = raw,
            ToolCalls = toolCalls,
            ToolCallId = toolCallId,
            Name = name,
        };
    }

    /// <summary>
    /// A content as text, and its JSON where it is not a plain string: a string, or parts of which those with a text count.
    /// </summary>
    public static (string? Text, string? Raw) ContentHere(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, string name)
    {
        if (reader.TokenType is JsonTokenType.Null or JsonTokenType.String)
        {
            return (JsonRead.TextHere(ref reader, name), null);
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw JsonRead.Unexpected(name, "a string or an array of parts", reader.TokenType);
        }

        var start = (int)reader.TokenStartIndex;
        var text = new StringBuilder();
        while (JsonRead.NextItem(ref reader))
        {
            JsonRead.ObjectHere(ref reader, name);
            while (JsonRead.NextProperty(ref reader))
            {
                if (reader.ValueTextEquals("text"u8))
                {
                    text.Append(JsonRead.Text(ref reader, "text"));
                }
            }
        }

        return (text.ToString(), BlobText.Of(body[start..(int)reader.BytesConsumed]));
    }

    private static string? RawOrNull(ReadOnlySpan<byte> raw) => raw.SequenceEqual("null"u8) ? null : Encoding.UTF8.GetString(raw);
}
