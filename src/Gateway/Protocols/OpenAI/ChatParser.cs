namespace Tda.Gateway.Protocols.OpenAI;

/// <summary>
/// Chat completions. A refusal counts as text, since it is what the model said in the content's stead. Reasoning is read where
/// servers put it: <c>reasoning_content</c>, else <c>reasoning</c>.
/// </summary>
internal sealed class ChatParser(ParsedExchange parsed) : ChoicesParser(parsed, prompt: "messages")
{
    private readonly SortedDictionary<long, JoinedObject> _toolCalls = [];

    protected override void ReadRequestMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        if (reader.ValueTextEquals("messages"u8))
        {
            Parsed.Messages = ChatMessageReader.ReadAll(ref reader, body);
            Parsed.Prompt = ChatText.Render(Parsed.Messages);
        }
    }

    protected override bool ReadChoiceMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        if (reader.ValueTextEquals(Streamed ? "delta"u8 : "message"u8))
        {
            return JsonRead.IntoObject(ref reader, "message") && ReadMessage(ref reader, body);
        }

        if (reader.ValueTextEquals("logprobs"u8) && JsonRead.IntoObject(ref reader, "logprobs"))
        {
            LogprobsReader.ReadChat(ref reader, Parsed.Logprobs ??= []);
        }

        return false;
    }

    /// <summary>A stream's calls, in the order of their index.</summary>
    protected override string? ToolCalls() => JsonText.Array(_toolCalls.Values, (writer, call) => call.Write(writer));

    private bool ReadMessage(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        bool found = false, reasoned = false, hasContent = false;
        Utf8JsonReader refusal = default, otherReasoning = default;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("content"u8))
            {
                found |= ReadContent(ref reader, body, out hasContent);
            }
            else if (reader.ValueTextEquals("refusal"u8))
            {
                refusal = reader;
            }
            else if (reader.ValueTextEquals("reasoning_content"u8))
            {
                found |= reasoned = Parsed.Reasoning.Append(ref reader, "reasoning_content");
            }
            else if (reader.ValueTextEquals("reasoning"u8))
            {
                otherReasoning = reader;
                otherReasoning.Read();
            }
            else if (reader.ValueTextEquals("tool_calls"u8))
            {
                found |= ReadToolCalls(ref reader, body);
            }
        }

        // Some servers send both names for the same text, and some an object that is none.
        if (!reasoned && otherReasoning.TokenType == JsonTokenType.String)
        {
            found |= Parsed.Reasoning.Append(ref otherReasoning);
        }

        return (!hasContent && refusal.TokenType != JsonTokenType.None && Parsed.Text.Append(ref refusal, "refusal")) || found;
    }

    private bool ReadContent(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, out bool hasContent)
    {
        var value = reader;
        value.Read();
        hasContent = value.TokenType != JsonTokenType.Null;
        if (value.TokenType != JsonTokenType.StartArray)
        {
            return Parsed.Text.Append(ref reader, "content");
        }

        return Parsed.Text.Append(ChatMessageReader.ContentHere(ref value, body, "content").Text ?? "");
    }

    private bool ReadToolCalls(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var items = reader;
        if (!JsonRead.IntoArray(ref items, "tool_calls") || !JsonRead.NextItem(ref items))
        {
            return false;
        }

        if (!Streamed)
        {
            Parsed.ToolCalls = Encoding.UTF8.GetString(JsonRead.Raw(ref reader, body));
            return true;
        }

        do
        {
            JsonRead.ObjectHere(ref items, "tool_calls");
            var index = JsonRead.PeekCount(items, "index"u8) ?? 0;
            if (!_toolCalls.TryGetValue(index, out var call))
            {
                _toolCalls.Add(index, call = new());
            }

            call.Add(ref items, body);
        }
        while (JsonRead.NextItem(ref items));
        return true;
    }
}

/// <summary>
/// An object put together from a stream's pieces: <c>arguments</c> (of functions) and <c>input</c> (of custom tools) grow, of the
/// other members the first that is not null stands, and members inside members are put together in the same way.
/// </summary>
internal sealed class JoinedObject
{
    private readonly OrderedDictionary<string, object> _members = [];

    /// <summary>Adds the object that the reader stands on.</summary>
    public void Add(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        while (JsonRead.NextProperty(ref reader))
        {
            var name = reader.GetString()!;
            if (name == "index")
            {
                continue;
            }

            reader.Read();
            if (name is "arguments" or "input" && reader.TokenType == JsonTokenType.String)
            {
                Member<TextBuilder>(name)?.Append(ref reader);
            }
            else if (reader.TokenType == JsonTokenType.StartObject && Member<JoinedObject>(name) is { } inner)
            {
                inner.Add(ref reader, body);
            }
            else
            {
                var raw = JsonRead.RawHere(ref reader, body);
                if (!raw.SequenceEqual("null"u8))
                {
                    _members.TryAdd(name, raw.ToArray());
                }
            }
        }
    }

    /// <summary>Writes the whole object.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in _members)
        {
            writer.WritePropertyName(name);
            switch (value)
            {
                case TextBuilder text:
                    writer.WriteStringValue(text.Text ?? "");
                    break;
                case JoinedObject inner:
                    inner.Write(writer);
                    break;
                default:
                    writer.WriteRawValue((byte[])value);
                    break;
            }
        }

        writer.WriteEndObject();
    }

    /// <summary>The member of this name, made if it is not there; null where it is there as something else.</summary>
    private T? Member<T>(string name)
        where T : class, new()
    {
        if (!_members.TryGetValue(name, out var member))
        {
            _members.Add(name, member = new T());
        }

        return member as T;
    }
}
