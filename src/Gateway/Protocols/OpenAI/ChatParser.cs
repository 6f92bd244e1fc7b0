namespace Tda.Gateway.Protocols.OpenAI;

/// <summary>
/// Chat completions. A refusal counts as text, since it is what the model said in the content's stead. Reasoning is read where
/// servers put it: <c>reasoning_content</c>, else <c>reasoning</c>.
/// </summary>
internal sealed class ChatParser(ParsedExchange parsed) : ChoicesParser(parsed)
{
    private ToolCallAssembler? _toolCalls;

    public override void ReadRequest(ReadOnlySpan<byte> body)
    {
        var reader = JsonRead.Start(body);
        JsonRead.ObjectHere(ref reader, "request");
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("model"u8))
            {
                Parsed.Model = JsonRead.Text(ref reader, "model");
            }
            else if (reader.ValueTextEquals("messages"u8))
            {
                Parsed.Messages = ChatMessageReader.ReadAll(ref reader, body);
                Parsed.Prompt = ChatText.Render(Parsed.Messages);
            }
            else
            {
                JsonRead.Skip(ref reader);
            }
        }

        JsonRead.End(ref reader);
        if (Parsed.Messages is null)
        {
            throw new FormatException("'messages' is missing");
        }
    }

    public override void EndStream()
    {
        base.EndStream();
        Parsed.ToolCalls = _toolCalls?.ToJson();
    }

    protected override bool ReadMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, bool streamed)
    {
        if (reader.ValueTextEquals(streamed ? "delta"u8 : "message"u8))
        {
            return JsonRead.IntoObject(ref reader, "message") && ReadMessage(ref reader, body, streamed);
        }

        if (reader.ValueTextEquals("logprobs"u8))
        {
            if (JsonRead.IntoObject(ref reader, "logprobs"))
            {
                LogprobsReader.ReadChat(ref reader, Parsed.AddLogprobs());
            }
        }
        else
        {
            JsonRead.Skip(ref reader);
        }

        return false;
    }

    private bool ReadMessage(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, bool streamed)
    {
        var found = false;
        var reasoned = false;
        Utf8JsonReader refusal = default, otherReasoning = default;
        var hasContent = false;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("content"u8))
            {
                reader.Read();
                hasContent = reader.TokenType != JsonTokenType.Null;
                found |= hasContent && AppendContent(ref reader, body);
            }
            else if (reader.ValueTextEquals("refusal"u8))
            {
                reader.Read();
                refusal = reader;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("reasoning_content"u8))
            {
                reader.Read();
                found |= reasoned = Parsed.Reasoning.Append(ref reader, "reasoning_content");
            }
            else if (reader.ValueTextEquals("reasoning"u8))
            {
                reader.Read();
                otherReasoning = reader;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("tool_calls"u8))
            {
                found |= ReadToolCalls(ref reader, body, streamed);
            }
            else
            {
                JsonRead.Skip(ref reader);
            }
        }

        // Some servers send both names for the same text, and some an object that is none.
        if (!reasoned && otherReasoning.TokenType == JsonTokenType.String)
        {
            found |= Parsed.Reasoning.Append(ref otherReasoning, "reasoning");
        }

        return (!hasContent && refusal.TokenType != JsonTokenType.None && Parsed.Text.Append(ref refusal, "refusal")) || found;
    }

    private bool AppendContent(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return Parsed.Text.Append(ref reader, "content");
        }

        var text = ChatMessageReader.ContentHere(ref reader, body, "content").Text ?? "";
        Parsed.Text.Append(text);
        return text.Length > 0;
    }

    private bool ReadToolCalls(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, bool streamed)
    {
        if (streamed)
        {
            return JsonRead.IntoArray(ref reader, "tool_calls") && (_toolCalls ??= new()).Add(ref reader, body);
        }

        var whole = reader;
        var raw = JsonRead.Raw(ref reader, body);
        if (!JsonRead.IntoArray(ref whole, "tool_calls") || !JsonRead.NextItem(ref whole))
        {
            return false;
        }

        Parsed.ToolCalls = Encoding.UTF8.GetString(raw);
        return true;
    }
}
