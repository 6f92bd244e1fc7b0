namespace Tda.Gateway.Protocols.Anthropic;

/// <summary>Anthropic's messages, plain and streamed: text, thinking, tool calls, stop reason, usage.</summary>
internal sealed class MessagesParser(ParsedExchange parsed) : IProtocolParser
{
    private readonly ContentBlocks _blocks = new(parsed);
    private readonly MessageUsage _usage = new();
    private bool _done;

    public void ReadRequest(ReadOnlySpan<byte> body) => MessagesRequestReader.Read(body, parsed);

    public void ReadAnswer(ReadOnlySpan<byte> body)
    {
        var reader = JsonRead.Start(body);
        JsonRead.ObjectHere(ref reader, "response");
        bool hasContent;
        try
        {
            hasContent = ReadMessage(ref reader, body);
            JsonRead.End(ref reader);
        }
        finally
        {
            parsed.ToolCalls = _blocks.ToolCalls();
        }

        if (!hasContent)
        {
            throw new FormatException("'content' is missing");
        }
    }

    public bool ReadEvent(ReadOnlySpan<byte> data)
    {
        var reader = JsonRead.Start(data);
        JsonRead.ObjectHere(ref reader, "event");
        switch (JsonRead.Peek(reader, "type"u8))
        {
            case "message_start":
                ReadMembers(ref reader, data);
                return false;
            case "content_block_start":
                return _blocks.Start(ref reader, data);
            case "content_block_delta":
                return _blocks.Add(ref reader);
            case "message_delta":
                ReadMembers(ref reader, data);
                return false;
            case "message_stop":
                _done = true;
                return false;
            case "error":
                parsed.StreamError = true;
                return false;
            default:
                // ping, content_block_stop, and what may come: new events are announced not to break clients.
                return false;
        }
    }

    public void EndStream()
    {
        parsed.StreamCut = !_done && parsed.FinishReason is null;
        parsed.ToolCalls = _blocks.ToolCalls();
    }

    /// <summary>An event's <c>message</c>, <c>delta</c> and <c>usage</c>.</summary>
    private void ReadMembers(ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("message"u8) || reader.ValueTextEquals("delta"u8))
            {
                if (JsonRead.IntoObject(ref reader, "message"))
                {
                    ReadMessage(ref reader, data);
                }
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                parsed.Usage = _usage.Read(ref reader) ?? parsed.Usage;
            }
            else
            {
                JsonRead.Skip(ref reader);
            }
        }
    }

    /// <summary>A message, or the part of one that an event brings; says whether it has a content.</summary>
    private bool ReadMessage(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var hasContent = false;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("model"u8))
            {
                parsed.Model = JsonRead.Text(ref reader, "model") ?? parsed.Model;
            }
            else if (reader.ValueTextEquals("stop_reason"u8))
            {
                parsed.FinishReason = JsonRead.Text(ref reader, "stop_reason") ?? parsed.FinishReason;
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                parsed.Usage = _usage.Read(ref reader) ?? parsed.Usage;
            }
            else if (reader.ValueTextEquals("content"u8))
            {
                hasContent = JsonRead.IntoArray(ref reader, "content");
                for (var index = 0; hasContent && JsonRead.NextItem(ref reader); index++)
                {
                    _blocks.AddWhole(ref reader, body, index);
                }
            }
            else
            {
                JsonRead.Skip(ref reader);
            }
        }

        return hasContent;
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
            else
            {
                JsonRead.Skip(ref reader);
            }
        }

        var prompt = _input is null && _cacheRead is null && _cacheWritten is null ? null : Sum(Sum(_input, _cacheRead), _cacheWritten);
        return new(prompt, _output, prompt is null || _output is null ? null : Sum(prompt, _output));
    }

    // Numbers near the end of 64 bits are nobody's count; what is certain is that they must not wrap.
    private static long? Sum(long? one, long? other)
    {
        var sum = (Int128)(one ?? 0) + (other ?? 0);
        return (long)Int128.Clamp(sum, long.MinValue, long.MaxValue);
    }
}
