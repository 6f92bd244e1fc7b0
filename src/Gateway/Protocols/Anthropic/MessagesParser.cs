namespace Tda.Gateway.Protocols.Anthropic;

/// <summary>Anthropic's messages, plain and streamed: text, thinking, tool calls, stop reason, usage.</summary>
internal class MessagesParser(ParsedExchange parsed) : ProtocolParser(parsed, prompt: "messages", answer: "content")
{
    private readonly ToolCallList _toolCalls = new(inputIsJson: true);
    private readonly MessageUsage _usage = new();

    public override bool ReadEvent(ReadOnlySpan<byte> data)
    {
        var reader = JsonRead.Start(data, "event");
        switch (JsonRead.Peek(reader, "type"u8))
        {
            case "message_start" or "message_delta":
                ReadMessageEvent(ref reader, data);
                return false;
            case "content_block_start" or "content_block_delta":
                return ReadBlockEvent(ref reader, data);
            case "message_stop":
                Done = true;
                return false;
            case "error":
                Parsed.StreamError = true;
                return false;
            default:
                // ping, content_block_stop, and what may come: new events are announced not to break clients.
                return false;
        }
    }

    /// <summary>The request as a chat: <c>system</c> becomes its first message.</summary>
    protected override void ReadRequestMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        if (reader.ValueTextEquals("system"u8))
        {
            reader.Read();
            SystemMessage = reader.TokenType == JsonTokenType.Null ? null : MessagesReader.Content(ref reader, body, "system");
        }
        else if (reader.ValueTextEquals("messages"u8))
        {
            Messages = JsonRead.IntoArray(ref reader, "messages") ? MessagesReader.ReadAll(ref reader, body) : null;
        }
    }

    /// <summary>A member of a message, or of the part of one that an event brings.</summary>
    protected override bool ReadAnswerMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        if (reader.ValueTextEquals("stop_reason"u8))
        {
            Parsed.FinishReason = JsonRead.Text(ref reader, "stop_reason") ?? Parsed.FinishReason;
        }
        else if (reader.ValueTextEquals("content"u8))
        {
            Answered = JsonRead.IntoArray(ref reader, "content");
            for (var index = 0; Answered && JsonRead.NextItem(ref reader); index++)
            {
                JsonRead.ObjectHere(ref reader, "content");
                ReadBlock(ref reader, body, index);
            }
        }

        return false;
    }

    protected override string? ToolCalls() => _toolCalls.ToJson();

    protected override Usage? ReadUsage(ref Utf8JsonReader reader) => _usage.Read(ref reader);

    /// <summary>An event's <c>message</c> or <c>delta</c>, and <c>usage</c>.</summary>
    private void ReadMessageEvent(ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("message"u8) || reader.ValueTextEquals("delta"u8))
            {
                if (JsonRead.IntoObject(ref reader, "message"))
                {
                    ReadMembers(ref reader, data);
                }
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                Parsed.Usage = ReadUsage(ref reader) ?? Parsed.Usage;
            }
        }
    }

    /// <summary>A block's first event or its next piece; true when it holds a piece of the answer.</summary>
    private bool ReadBlockEvent(ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        var index = JsonRead.PeekCount(reader, "index"u8) ?? 0;
        var found = false;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("content_block"u8))
            {
                found |= JsonRead.IntoObject(ref reader, "content_block") && ReadBlock(ref reader, data, index);
            }
            else if (reader.ValueTextEquals("delta"u8))
            {
                found |= JsonRead.IntoObject(ref reader, "delta") && ReadDelta(ref reader, index);
            }
        }

        return found;
    }

    private bool ReadBlock(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, long index)
    {
        var type = JsonRead.Peek(reader, "type"u8) ?? "";
        if (type.EndsWith("tool_use", StringComparison.Ordinal))
        {
            _toolCalls.Set(index, JsonRead.RawHere(ref reader, body));
            return true;
        }

        var found = false;
        while (JsonRead.NextProperty(ref reader))
        {
            if (type == "text" && reader.ValueTextEquals("text"u8))
            {
                found |= Parsed.Text.Append(ref reader, "text");
            }
            else if (type == "thinking" && reader.ValueTextEquals("thinking"u8))
            {
                found |= Parsed.Reasoning.Append(ref reader, "thinking");
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
                found |= Parsed.Text.Append(ref reader, "text");
            }
            else if (reader.ValueTextEquals("thinking"u8))
            {
                found |= Parsed.Reasoning.Append(ref reader, "thinking");
            }
            else if (reader.ValueTextEquals("partial_json"u8))
            {
                var input = _toolCalls.Input(index) ?? throw new FormatException($"a piece of block {index}, which is no tool call");
                found |= input.Append(ref reader, "partial_json");
            }
        }

        return found;
    }
}

/// <summary>
/// Token counts of a message; a stream's later ones replace the earlier. The prompt's count is that of all input: what was
/// read from and written to the cache is billed apart, and is input all the same.
/// </summary>
internal sealed class MessageUsage
{
    private long? _input;
    private long? _output;
    private long? _cacheRead;
    private long? _cacheWritten;

    /// <summary>The counts after the usage behind the property that the reader stands on; null where that is null.</summary>
    public Usage? Read(ref Utf8JsonReader reader)
    {
        if (!JsonRead.IntoObject(ref reader, "usage"))
        {
            return null;
        }

        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("input_tokens"u8))
            {
                _input = JsonRead.Count(ref reader, "input_tokens") ?? _input;
            }
            else if (reader.ValueTextEquals("output_tokens"u8))
            {
                _output = JsonRead.Count(ref reader, "output_tokens") ?? _output;
            }
            else if (reader.ValueTextEquals("cache_read_input_tokens"u8))
            {
                _cacheRead = JsonRead.Count(ref reader, "cache_read_input_tokens") ?? _cacheRead;
            }
            else if (reader.ValueTextEquals("cache_creation_input_tokens"u8))
            {
                _cacheWritten = JsonRead.Count(ref reader, "cache_creation_input_tokens") ?? _cacheWritten;
            }
        }

        var prompt = TokenSum.Of(TokenSum.Of(_input, _cacheRead), _cacheWritten);
        return new(prompt, _output, prompt is null || _output is null ? null : TokenSum.Of(prompt, _output));
    }
}
