namespace Tda.Gateway.Protocols.Bedrock;

/// <summary>
/// Reads the messages of a <c>converse</c> request. A message's text is that of its text blocks and of its tools' results; the blocks
/// themselves are kept as JSON.
/// </summary>
internal static class ConverseReader
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
                else if (reader.ValueTextEquals("content"u8) && JsonRead.IntoArray(ref reader, "content"))
                {
                    message = Content(ref reader, body);
                }
            }

            role = role ?? throw new FormatException("'role' is missing");
            messages.Add(message is null ? new(role, "") : message with { Role = role });
        }

        return messages;
    }

    /// <summary>A message of the blocks of the array that the reader stands in.</summary>
    public static ChatMessage Content(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var start = (int)reader.TokenStartIndex;
        var (text, calls, answers) = (new StringBuilder(), new List<string>(), (string?)null);
        while (JsonRead.NextItem(ref reader))
        {
            JsonRead.ObjectHere(ref reader, "content");
            while (JsonRead.NextProperty(ref reader))
            {
                if (reader.ValueTextEquals("text"u8))
                {
                    text.Append(JsonRead.Text(ref reader, "text"));
                }
                else if (reader.ValueTextEquals("toolUse"u8))
                {
                    calls.Add(BlobText.Of(JsonRead.Raw(ref reader, body)));
                }
                else if (reader.ValueTextEquals("toolResult"u8) && JsonRead.IntoObject(ref reader, "toolResult"))
                {
                    answers ??= JsonRead.Peek(reader, "toolUseId"u8);
                    ReadResult(ref reader, body, text);
                }
            }
        }

        return new("", text.ToString())
        {
            RawContent = BlobText.Of(body[start..(int)reader.BytesConsumed]),
            ToolCalls = calls.Count == 0 ? null : $"[{string.Join(',', calls)}]",
            ToolCallId = answers,
        };
    }

    private static void ReadResult(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, StringBuilder text)
    {
        while (JsonRead.NextProperty(ref reader))
        {
            if (!reader.ValueTextEquals("content"u8))
            {
                continue;
            }

            for (var more = JsonRead.IntoArray(ref reader, "content"); more && JsonRead.NextItem(ref reader);)
            {
                JsonRead.ObjectHere(ref reader, "content");
                while (JsonRead.NextProperty(ref reader))
                {
                    if (reader.ValueTextEquals("text"u8))
                    {
                        text.Append(JsonRead.Text(ref reader, "text"));
                    }
                    else if (reader.ValueTextEquals("json"u8))
                    {
                        text.Append(BlobText.Of(JsonRead.Raw(ref reader, body)));
                    }
                }
            }
        }
    }
}
