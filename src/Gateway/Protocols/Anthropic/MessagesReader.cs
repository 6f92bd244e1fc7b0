namespace Tda.Gateway.Protocols.Anthropic;

/// <summary>
/// Reads the messages of a messages call's request. A message's text is that of its text blocks and of its tools' results; the blocks
/// themselves are kept as JSON.
/// </summary>
internal static class MessagesReader
{
    /// <summary>The messages of the array that the reader stands in.</summary>
    public static List<ChatMessage> ReadAll(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var messages = new List<ChatMessage>();
        while (JsonRead.NextItem(ref reader))
        {
            JsonRead.ObjectHere(ref reader, "messages");
            string? role = null;
            ChatMessage? message = null;
            while (JsonRead.NextProperty(ref reader))
            {
                if (reader.ValueTextEquals("role"u8))
                {
                    role = JsonRead.Text(ref reader, "role");
                }
                else if (reader.ValueTextEquals("content"u8))
                {
                    reader.Read();
                    message = Content(ref reader, body, "");
                }
            }

            role = role ?? throw new FormatException("'role' is missing");
            messages.Add(message is null ? new(role, "") : message with { Role = role });
        }

        return messages;
    }

    /// <summary>A message of the content that the reader stands on: a string, or blocks.</summary>
    public static ChatMessage Content(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, string role)
    {
        if (reader.TokenType is JsonTokenType.String or JsonTokenType.Null)
        {
            return new(role, JsonRead.TextHere(ref reader, "content") ?? "");
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw JsonRead.Unexpected("content", "a string or an array of blocks", reader.TokenType);
        }

        var start = (int)reader.TokenStartIndex;
        var text = new StringBuilder();
        var calls = new StringBuilder();
        string? answers = null;
        while (JsonRead.NextItem(ref reader))
        {
            JsonRead.ObjectHere(ref reader, "content");
            var type = JsonRead.Peek(reader, "type"u8);
            if (type is not null && type.EndsWith("tool_use", StringComparison.Ordinal))
            {
                calls.Append(calls.Length == 0 ? "" : ",").Append(BlobText.Of(JsonRead.RawHere(ref reader, body)));
                continue;
            }

            answers ??= JsonRead.Peek(reader, "tool_use_id"u8);
            ReadBlock(ref reader, text, type);
        }

        return new(role, text.ToString())
        {
            RawContent = BlobText.Of(body[start..(int)reader.BytesConsumed]),
            ToolCalls = calls.Length == 0 ? null : $"[{calls}]",
            ToolCallId = answers,
        };
    }

    /// <summary>The text of a text block, or of a tool result, which is again a string or blocks.</summary>
    private static void ReadBlock(ref Utf8JsonReader reader, StringBuilder text, string? type)
    {
        while (JsonRead.NextProperty(ref reader))
        {
            if (type == "text" && reader.ValueTextEquals("text"u8))
            {
                text.Append(JsonRead.Text(ref reader, "text"));
            }
            else if (type == "tool_result" && reader.ValueTextEquals("content"u8))
            {
                reader.Read();
                ReadResult(ref reader, text);
            }
        }
    }

    private static void ReadResult(ref Utf8JsonReader reader, StringBuilder text)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            text.Append(JsonRead.TextHere(ref reader, "content"));
            return;
        }

        while (JsonRead.NextItem(ref reader))
        {
            JsonRead.ObjectHere(ref reader, "content");
            text.Append(JsonRead.Peek(reader, "text"u8));
            reader.Skip();
        }
    }
}
