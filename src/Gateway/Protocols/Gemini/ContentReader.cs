namespace Tda.Gateway.Protocols.Gemini;

/// <summary>
/// Reads the contents of a <c>generateContent</c> request. A message's text is that of its text parts and of its functions' responses; the
/// parts themselves are kept as JSON.
/// </summary>
internal static class ContentReader
{
    /// <summary>The messages that the reader stands on: contents, or one alone.</summary>
    public static List<ChatMessage> ReadAll(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            return [Read(ref reader, body)];
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw JsonRead.Unexpected("contents", "an array", reader.TokenType);
        }

        var messages = new List<ChatMessage>();
        while (JsonRead.NextItem(ref reader))
        {
            JsonRead.ObjectHere(ref reader, "contents");
            messages.Add(Read(ref reader, body));
        }

        return messages;
    }

    /// <summary>The content whose object the reader stands in: role and parts.</summary>
    public static ChatMessage Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var message = new ChatMessage("user", "");
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("role"u8))
            {
                // One word for who answers in all of the log: prompts of one conversation must not differ by provider.
                var role = JsonRead.Text(ref reader, "role");
                message = message with { Role = role == "model" ? "assistant" : role ?? "user" };
            }
            else if (reader.ValueTextEquals("parts"u8))
            {
                reader.Read();
                message = Parts(ref reader, body) with { Role = message.Role };
            }
        }

        return message;
    }

    /// <summary>Whether the part that the reader stands on is a thought, not the answer.</summary>
    public static bool IsThought(Utf8JsonReader reader)
    {
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("thought"u8))
            {
                reader.Read();
                return reader.TokenType == JsonTokenType.True;
            }
        }

        return false;
    }

    private static ChatMessage Parts(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var start = (int)reader.TokenStartIndex;
        var (text, calls, answers) = (new StringBuilder(), new List<string>(), (string?)null);
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            Part(ref reader, body, text, calls, ref answers);
        }
        else if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (JsonRead.NextItem(ref reader))
            {
                JsonRead.ObjectHere(ref reader, "parts");
                Part(ref reader, body, text, calls, ref answers);
            }
        }
        else
        {
            throw JsonRead.Unexpected("parts", "an array", reader.TokenType);
        }

        return new("", text.ToString())
        {
            RawContent = BlobText.Of(body[start..(int)reader.BytesConsumed]),
            ToolCalls = calls.Count == 0 ? null : $"[{string.Join(',', calls)}]",
            ToolCallId = answers,
        };
    }

    private static void Part(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, StringBuilder text, List<string> calls, ref string? answers)
    {
        var thought = IsThought(reader);
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("text"u8) && !thought)
            {
                text.Append(JsonRead.Text(ref reader, "text"));
            }
            else if (reader.ValueTextEquals("functionCall"u8) || reader.ValueTextEquals("function_call"u8))
            {
                calls.Add(BlobText.Of(JsonRead.Raw(ref reader, body)));
            }
            else if ((reader.ValueTextEquals("functionResponse"u8) || reader.ValueTextEquals("function_response"u8))
                && JsonRead.IntoObject(ref reader, "functionResponse"))
            {
                answers ??= JsonRead.Peek(reader, "id"u8) ?? JsonRead.Peek(reader, "name"u8);
                Response(ref reader, body, text);
            }
        }
    }

    private static void Response(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, StringBuilder text)
    {
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("response"u8))
            {
                text.Append(BlobText.Of(JsonRead.Raw(ref reader, body)));
            }
        }
    }
}
