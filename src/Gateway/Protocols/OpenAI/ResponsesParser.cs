namespace Tda.Gateway.Protocols.OpenAI;

/// <summary>
/// Responses, plain and streamed. Text is that of all output messages; a refusal counts as text. The finish reason is why the
/// response is incomplete, else its status.
/// </summary>
internal sealed class ResponsesParser(ParsedExchange parsed) : IProtocolParser
{
    private readonly ResponsesToolCalls _toolCalls = new();
    private bool _done;

    public void ReadRequest(ReadOnlySpan<byte> body) => ResponsesRequestReader.Read(body, parsed);

    public void ReadAnswer(ReadOnlySpan<byte> body)
    {
        var reader = JsonRead.Start(body);
        JsonRead.ObjectHere(ref reader, "response");
        var readsOutput = true;
        try
        {
            ReadResponse(ref reader, body, ref readsOutput);
            JsonRead.End(ref reader);
        }
        finally
        {
            parsed.ToolCalls = _toolCalls.ToJson();
        }

        if (readsOutput)
        {
            throw new FormatException("'output' is missing");
        }
    }

    public bool ReadEvent(ReadOnlySpan<byte> data)
    {
        if (data.Trim((byte)' ').SequenceEqual("[DONE]"u8))
        {
            return false;
        }

        var reader = JsonRead.Start(data);
        JsonRead.ObjectHere(ref reader, "event");
        switch (JsonRead.Peek(reader, "type"u8))
        {
            case "response.output_text.delta" or "response.refusal.delta":
                return ReadDelta(ref reader, parsed.Text);
            case "response.reasoning_summary_text.delta" or "response.reasoning_text.delta":
                return ReadDelta(ref reader, parsed.Reasoning);
            case "response.function_call_arguments.delta" or "response.custom_tool_call_input.delta":
                return _toolCalls.AddDelta(ref reader);
            case "response.output_item.added" or "response.output_item.done":
                return _toolCalls.AddItem(ref reader, data);
            case "response.completed" or "response.incomplete":
                ReadFinal(ref reader, data);
                return false;
            case "response.failed" or "error":
                parsed.StreamError = true;
                ReadFinal(ref reader, data);
                return false;
            case "response.created" or "response.in_progress" or "response.queued":
                ReadFinal(ref reader, data, final: false);
                return false;
            default:
                return false;
        }
    }

    public void EndStream()
    {
        parsed.StreamCut = !_done;
        parsed.ToolCalls = _toolCalls.ToJson() ?? parsed.ToolCalls;
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
            else
            {
                JsonRead.Skip(ref reader);
            }
        }

        return found;
    }

    private void ReadFinal(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, bool final = true)
    {
        _done |= final;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("response"u8))
            {
                // The stream has brought the output already, unless the server sends no deltas.
                var readsOutput = final && parsed.Text.Text is null && parsed.Reasoning.Text is null && _toolCalls.IsEmpty;
                if (JsonRead.IntoObject(ref reader, "response"))
                {
                    ReadResponse(ref reader, data, ref readsOutput, final);
                }
            }
            else
            {
                JsonRead.Skip(ref reader);
            }
        }
    }

    /// <summary>A response object; its output is read if asked for, and the flag then cleared.</summary>
    private void ReadResponse(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, ref bool readsOutput, bool final = true)
    {
        string? status = null, reason = null;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("model"u8))
            {
                parsed.Model = JsonRead.Text(ref reader, "model") ?? parsed.Model;
            }
            else if (reader.ValueTextEquals("status"u8))
            {
                status = JsonRead.Text(ref reader, "status");
            }
            else if (reader.ValueTextEquals("incomplete_details"u8))
            {
                reason = JsonRead.IntoObject(ref reader, "incomplete_details") ? Reason(ref reader) : null;
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                parsed.Usage = UsageReader.Read(ref reader) ?? parsed.Usage;
            }
            else if (readsOutput && reader.ValueTextEquals("output"u8))
            {
                readsOutput = !JsonRead.IntoArray(ref reader, "output");
                if (!readsOutput)
                {
                    ReadOutput(ref reader, body);
                }
            }
            else
            {
                JsonRead.Skip(ref reader);
            }
        }

        if (final)
        {
            parsed.FinishReason = reason ?? status ?? parsed.FinishReason;
        }
    }

    private void ReadOutput(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        while (JsonRead.NextItem(ref reader))
        {
            JsonRead.ObjectHere(ref reader, "output");
            var type = JsonRead.Peek(reader, "type"u8);
            if (type is "message" or "reasoning")
            {
                ReadParts(ref reader, type == "message" ? parsed.Text : parsed.Reasoning);
            }
            else
            {
                _toolCalls.AddWhole(type, JsonRead.RawHere(ref reader, body));
            }
        }
    }

    /// <summary>The texts of a message's <c>content</c>, or of a reasoning item's <c>summary</c> and <c>content</c>.</summary>
    private void ReadParts(ref Utf8JsonReader reader, TextBuilder text)
    {
        while (JsonRead.NextProperty(ref reader))
        {
            if (!reader.ValueTextEquals("content"u8) && !reader.ValueTextEquals("summary"u8))
            {
                JsonRead.Skip(ref reader);
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
                reader.Read();
                if (reader.TokenType == JsonTokenType.String)
                {
                    text.Append(ref reader);
                }
                else
                {
                    reader.Skip();
                }
            }
            else if (reader.ValueTextEquals("logprobs"u8))
            {
                ReadLogprobs(ref reader);
            }
            else
            {
                JsonRead.Skip(ref reader);
            }
        }
    }

    // An empty array stands where nobody asked for them.
    private void ReadLogprobs(ref Utf8JsonReader reader)
    {
        var ahead = reader;
        if (JsonRead.IntoArray(ref ahead, "logprobs") && JsonRead.NextItem(ref ahead))
        {
            LogprobsReader.ReadTokens(ref reader, parsed.AddLogprobs());
        }
        else
        {
            JsonRead.Skip(ref reader);
        }
    }

    private static string? Reason(ref Utf8JsonReader reader)
    {
        string? reason = null;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("reason"u8))
            {
                reason = JsonRead.Text(ref reader, "reason");
            }
            else
            {
                JsonRead.Skip(ref reader);
            }
        }

        return reason;
    }
}
