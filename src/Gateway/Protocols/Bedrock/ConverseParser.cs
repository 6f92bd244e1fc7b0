namespace Tda.Gateway.Protocols.Bedrock;

/// <summary>Amazon Bedrock's <c>converse</c> and <c>converse-stream</c>: text, reasoning, tool calls, stop reason, usage.</summary>
internal sealed class ConverseParser(ParsedExchange parsed) : ProtocolParser(parsed, prompt: "messages", answer: "output")
{
    private readonly ToolCallList _toolCalls = new(inputIsJson: true);

    public override bool ReadEvent(ReadOnlySpan<byte> data) => throw new FormatException("a conversation comes as Amazon's event stream only");

    /// <summary>One event, such as <c>contentBlockDelta</c>; those that are not known are passed over, as new ones may come.</summary>
    public override bool ReadMessage(string type, ReadOnlySpan<byte> payload)
    {
        var reader = JsonRead.Start(payload, type);
        switch (type)
        {
            case "contentBlockStart" or "contentBlockDelta":
                return ReadBlockEvent(ref reader, payload);
            case "messageStop" or "metadata":
                Done |= type == "messageStop";
                ReadMembers(ref reader, payload);
                return false;
            default:
                return false;
        }
    }

    /// <summary>The request as a chat: <c>system</c> becomes its first message.</summary>
    protected override void ReadRequestMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        if (reader.ValueTextEquals("system"u8))
        {
            SystemMessage = JsonRead.IntoArray(ref reader, "system") ? ConverseReader.Content(ref reader, body) with { Role = "system" } : null;
        }
        else if (reader.ValueTextEquals("messages"u8))
        {
            Messages = JsonRead.IntoArray(ref reader, "messages") ? ConverseReader.ReadAll(ref reader, body) : null;
        }
    }

    protected override bool ReadAnswerMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        if (reader.ValueTextEquals("stopReason"u8))
        {
            Parsed.FinishReason = JsonRead.Text(ref reader, "stopReason") ?? Parsed.FinishReason;
        }
        else if (reader.ValueTextEquals("output"u8))
        {
            Answered = JsonRead.IntoObject(ref reader, "output");
            while (Answered && JsonRead.NextProperty(ref reader))
            {
                if (reader.ValueTextEquals("message"u8) && JsonRead.IntoObject(ref reader, "message"))
                {
                    ReadMessageObject(ref reader, body);
                }
            }
        }

        return false;
    }

    protected override string? ToolCalls() => _toolCalls.ToJson();

    /// <summary>What was read from and written to the cache is counted apart, and is input all the same.</summary>
    protected override Usage? ReadUsage(ref Utf8JsonReader reader)
    {
        if (!JsonRead.IntoObject(ref reader, "usage"))
        {
            return null;
        }

        long? input = null, output = null, read = null, written = null, total = null;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("inputTokens"u8))
            {
                input = JsonRead.Count(ref reader, "inputTokens");
            }
            else if (reader.ValueTextEquals("outputTokens"u8))
            {
                output = JsonRead.Count(ref reader, "outputTokens");
            }
            else if (reader.ValueTextEquals("cacheReadInputTokens"u8))
            {
                read = JsonRead.Count(ref reader, "cacheReadInputTokens");
            }
            else if (reader.ValueTextEquals("cacheWriteInputTokens"u8))
            {
                written = JsonRead.Count(ref reader, "cacheWriteInputTokens");
            }
            else if (reader.ValueTextEquals("totalTokens"u8))
            {
                total = JsonRead.Count(ref reader, "totalTokens");
            }
        }

        return new(TokenSum.Of(TokenSum.Of(input, read), written), output, total);
    }

    private void ReadMessageObject(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        while (JsonRead.NextProperty(ref reader))
        {
            if (!reader.ValueTextEquals("content"u8))
            {
                continue;
            }

            var more = JsonRead.IntoArray(ref reader, "content");
            for (var index = 0; more && JsonRead.NextItem(ref reader); index++)
            {
                JsonRead.ObjectHere(ref reader, "content");
                ReadBlock(ref reader, body, index);
            }
        }
    }

    private bool ReadBlockEvent(ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        var index = JsonRead.PeekCount(reader, "contentBlockIndex"u8) ?? 0;
        var found = false;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("start"u8))
            {
                found |= JsonRead.IntoObject(ref reader, "start") && ReadBlock(ref reader, data, index);
            }
            else if (reader.ValueTextEquals("delta"u8))
            {
                found |= JsonRead.IntoObject(ref reader, "delta") && ReadDelta(ref reader, index);
            }
        }

        return found;
    }

    /// <summary>A content block, or what its first event says of it.</summary>
    private bool ReadBlock(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, long index)
    {
        var found = false;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("text"u8))
            {
                found |= Parsed.Text.Append(ref reader, "text");
            }
            else if (reader.ValueTextEquals("toolUse"u8))
            {
                _toolCalls.Set(index, JsonRead.Raw(ref reader, body));
                found = true;
            }
            else if (reader.ValueTextEquals("reasoningContent"u8) && JsonRead.IntoObject(ref reader, "reasoningContent"))
            {
                found |= ReadReasoning(ref reader);
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
            else if (reader.ValueTextEquals("toolUse"u8) && JsonRead.IntoObject(ref reader, "toolUse"))
            {
                var input = _toolCalls.Input(index) ?? throw new FormatException($"a piece of block {index}, which is no tool call");
                while (JsonRead.NextProperty(ref reader))
                {
                    found |= reader.ValueTextEquals("input"u8) && input.Append(ref reader, "input");
                }
            }
            else if (reader.ValueTextEquals("reasoningContent"u8) && JsonRead.IntoObject(ref reader, "reasoningContent"))
            {
                found |= ReadReasoning(ref reader);
            }
        }

        return found;
    }

    /// <summary>In an answer <c>{"reasoningText": {"text"}}</c>, in a stream <c>{"text"}</c>.</summary>
    private bool ReadReasoning(ref Utf8JsonReader reader)
    {
        var found = false;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("text"u8))
            {
                found |= Parsed.Reasoning.Append(ref reader, "text");
            }
            else if (reader.ValueTextEquals("reasoningText"u8) && JsonRead.IntoObject(ref reader, "reasoningText"))
            {
                found |= ReadReasoning(ref reader);
            }
        }

        return found;
    }
}
