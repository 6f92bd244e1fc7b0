namespace Tda.Gateway.Protocols.OpenAI;

/// <summary>
/// Responses, plain and streamed. Text is that of all output messages; a refusal counts as text. The finish reason is why the
/// response is incomplete, else its status.
/// </summary>
internal sealed class ResponsesParser(ParsedExchange parsed) : ProtocolParser(parsed, prompt: null, answer: "output")
{
    private readonly List<ChatMessage> _messages = [];
    private readonly ToolCallList _toolCalls = new(inputIsJson: false);
    private string? _instructions;
    private string? _status;
    private string? _reason;
    private bool _isFinal = true;
    private bool _readsOutput = true;

    public override bool ReadEvent(ReadOnlySpan<byte> data)
    {
        if (data.Trim((byte)' ').SequenceEqual("[DONE]"u8))
        {
            return false;
        }

        var reader = JsonRead.Start(data, "event");
        switch (JsonRead.Peek(reader, "type"u8))
        {
            case "response.output_text.delta" or "response.refusal.delta":
                return ReadDelta(ref reader, Parsed.Text);
            case "response.reasoning_summary_text.delta" or "response.reasoning_text.delta":
                return ReadDelta(ref reader, Parsed.Reasoning);
            case "response.function_call_arguments.delta" or "response.custom_tool_call_input.delta":
                return ReadCallInput(ref reader);
            case "response.output_item.added" or "response.output_item.done":
                return ReadCall(ref reader, data);
            case "response.completed" or "response.incomplete":
                ReadResponse(ref reader, data, isFinal: true);
                return false;
            case "response.failed" or "error":
                Parsed.StreamError = true;
                ReadResponse(ref reader, data, isFinal: true);
                return false;
            case "response.created" or "response.in_progress" or "response.queued":
                ReadResponse(ref reader, data, isFinal: false);
                return false;
            default:
                return false;
        }
    }

    protected override void ReadRequestMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        if (reader.ValueTextEquals("instructions"u8))
        {
            _instructions = JsonRead.Text(ref reader, "instructions");
        }
        else if (reader.ValueTextEquals("input"u8))
        {
            reader.Read();
            ResponsesInputReader.Read(ref reader, body, _messages);
        }
    }

    protected override void EndRequest()
    {
        if (_instructions is not null)
        {
            _messages.Insert(0, new("system", _instructions));
        }

        // A stored prompt or conversation may stand in the input's place: then there is nothing to read here.
        if (_messages.Count > 0)
        {
            Parsed.Messages = _messages;
            Parsed.Prompt = ChatText.Render(_messages);
        }
    }

    /// <summary>A response: a plain answer, or the one inside an event.</summary>
    protected override bool ReadMembers(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        _status = _reason = null;
        base.ReadMembers(ref reader, body);
        if (_isFinal)
        {
            Parsed.FinishReason = _reason ?? _status ?? Parsed.FinishReason;
        }

        return false;
    }

    protected override bool ReadAnswerMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        if (reader.ValueTextEquals("status"u8))
        {
            _status = JsonRead.Text(ref reader, "status");
        }
        else if (reader.ValueTextEquals("incomplete_details"u8))
        {
            for (var more = JsonRead.IntoObject(ref reader, "incomplete_details"); more && JsonRead.NextProperty(ref reader);)
            {
                if (reader.ValueTextEquals("reason"u8))
                {
                    _reason = JsonRead.Text(ref reader, "reason");
                }
            }
        }
        else if (_readsOutput && reader.ValueTextEquals("output"u8) && JsonRead.IntoArray(ref reader, "output"))
        {
            Answered = true;
            _readsOutput = false;
            ReadOutput(ref reader, body);
        }

        return false;
    }

    protected override string? ToolCalls() => _toolCalls.ToJson();

    /// <summary>The response inside an event; only a final one has a finish reason.</summary>
    private void ReadResponse(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, bool isFinal)
    {
        Done |= isFinal;
        _isFinal = isFinal;

        // The stream has brought the output already, unless the server sends no deltas.
        _readsOutput = isFinal && Parsed.Text.Text is null && Parsed.Reasoning.Text is null && _toolCalls.Count == 0;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("response"u8) && JsonRead.IntoObject(ref reader, "response"))
            {
                ReadMembers(ref reader, data);
            }
        }
    }

    /// <summary>An event's <c>delta</c> and, where asked for, its log-probabilities.</summary>
    private bool ReadDelta(ref Utf8JsonReader reader, TextBuilder text)
    {
        var found = false;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("delta"u8))
            {
                reader.Read();
                found |= reader.TokenType == JsonTokenType.String
                    ? text.Append(ref reader)
                    : throw JsonRead.Unexpected("delta", "a string", reader.TokenType);
            }
            else if (reader.ValueTextEquals("logprobs"u8))
            {
                ReadLogprobs(ref reader);
            }
        }

        return found;
    }

    /// <summary>An event with a call as it begins or, in the place of that, as it ended; true when it is a call.</summary>
    private bool ReadCall(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var index = JsonRead.PeekCount(reader, "output_index"u8) ?? 0;
        var isCall = false;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("item"u8) && JsonRead.IntoObject(ref reader, "item"))
            {
                isCall = AddCall(index, JsonRead.Peek(reader, "type"u8), JsonRead.RawHere(ref reader, body));
            }
        }

        return isCall;
    }

    /// <summary>An event with a piece of a call's arguments or input.</summary>
    private bool ReadCallInput(ref Utf8JsonReader reader)
    {
        var input = _toolCalls.Input(JsonRead.PeekCount(reader, "output_index"u8) ?? 0);
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("delta"u8))
            {
                input?.Append(ref reader, "delta");
            }
        }

        return true;
    }

    private void ReadOutput(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        while (JsonRead.NextItem(ref reader))
        {
            JsonRead.ObjectHere(ref reader, "output");
            var type = JsonRead.Peek(reader, "type"u8);
            if (type is "message" or "reasoning")
            {
                ReadParts(ref reader, type == "message" ? Parsed.Text : Parsed.Reasoning);
            }
            else
            {
                AddCall(_toolCalls.Count, type, JsonRead.RawHere(ref reader, body));
            }
        }
    }

    /// <summary>Adds an item if it is a call: <c>function_call</c>, every other <c>…_call</c>.</summary>
    private bool AddCall(long index, string? type, ReadOnlySpan<byte> item)
    {
        var isCall = type is not null && type.EndsWith("_call", StringComparison.Ordinal);
        if (isCall)
        {
            _toolCalls.Set(index, item);
        }

        return isCall;
    }

    /// <summary>The texts of a message's <c>content</c>, or of a reasoning item's <c>summary</c> and <c>content</c>.</summary>
    private void ReadParts(ref Utf8JsonReader reader, TextBuilder text)
    {
        while (JsonRead.NextProperty(ref reader))
        {
            if (!reader.ValueTextEquals("content"u8) && !reader.ValueTextEquals("summary"u8))
            {
                continue;
            }

            for (var more = JsonRead.IntoArray(ref reader, "content"); more && JsonRead.NextItem(ref reader);)
            {
                JsonRead.ObjectHere(ref reader, "content");
                ReadPart(ref reader, text);
            }
        }
    }

    private void ReadPart(ref Utf8JsonReader reader, TextBuilder text)
    {
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("text"u8) || reader.ValueTextEquals("refusal"u8))
            {
                var value = reader;
                value.Read();
                if (value.TokenType == JsonTokenType.String)
                {
                    text.Append(ref value);
                }
            }
            else if (reader.ValueTextEquals("logprobs"u8))
            {
                ReadLogprobs(ref reader);
            }
        }
    }

    // An empty array stands where nobody asked for them.
    private void ReadLogprobs(ref Utf8JsonReader reader)
    {
        var ahead = reader;
        if (JsonRead.IntoArray(ref ahead, "logprobs") && JsonRead.NextItem(ref ahead))
        {
            LogprobsReader.ReadTokens(ref reader, Parsed.Logprobs ??= []);
        }
    }
}
