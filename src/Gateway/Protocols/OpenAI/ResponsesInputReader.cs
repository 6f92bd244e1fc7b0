namespace Tda.Gateway.Protocols.OpenAI;

/// <summary>
/// Reads the input of a responses call as a chat: a plain text is a message of the user; calls of tools are messages of the assistant,
/// their outputs messages of the role <c>tool</c>. Any other item is a message whose role is the item's type, kept as JSON.
/// </summary>
internal static class ResponsesInputReader
{
    /// <summary>Adds the messages of the input that the reader stands on.</summary>
    public static void Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, List<ChatMessage> messages)
    {
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (JsonRead.NextItem(ref reader))
            {
                JsonRead.ObjectHere(ref reader, "input");
                messages.Add(Item(ref reader, body));
            }
        }
        else if (JsonRead.TextHere(ref reader, "input") is { } text)
        {
            messages.Add(new("user", text));
        }
    }

    /// <summary>The item that the reader stands on as a message.</summary>
    public static ChatMessage Item(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var start = (int)reader.TokenStartIndex;
        string? role = null, type = null, text = null, raw = null, callId = null;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("role"u8))
            {
                role = JsonRead.Text(ref reader, "role");
            }
            else if (reader.ValueTextEquals("type"u8))
            {
                type = JsonRead.Text(ref reader, "type");
            }
            else if (reader.ValueTextEquals("call_id"u8))
            {
                callId = JsonRead.Text(ref reader, "call_id");
            }
            else if (reader.ValueTextEquals("content"u8) || reader.ValueTextEquals("output"u8))
            {
                reader.Read();
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.StartArray)
                {
                    (text, raw) = ChatMessageReader.ContentHere(ref reader, body, "content");
                }
                else
                {
                    reader.Skip();
                }
            }
        }

        var item = body[start..(int)reader.BytesConsumed];
        return type switch
        {
            null or "message" => new(role ?? throw new FormatException("'role' is missing"), text ?? "") { RawContent = raw },
            _ when type.EndsWith("_call_output", StringComparison.Ordinal) =>
                new("tool", text ?? "") { RawContent = raw, ToolCallId = callId },
            _ when type.EndsWith("_call", StringComparison.Ordinal) => new("assistant", "") { ToolCalls = $"[{BlobText.Of(item)}]" },
            _ => new(type, text ?? "") { RawContent = BlobText.Of(item) },
        };
    }
}
