namespace Tda.Gateway.Protocols.OpenAI;

/// <summary>Joins the pieces in which a stream sends tool calls: arguments grow, everything else stands from when it came first.</summary>
internal sealed class ToolCallAssembler
{
    private readonly SortedDictionary<long, JoinedObject> _calls = [];

    /// <summary>Adds the items of the array that the reader stands in (one chunk's <c>tool_calls</c>); false where it is empty.</summary>
    public bool Add(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var any = false;
        while (JsonRead.NextItem(ref reader))
        {
            any = true;
            JsonRead.ObjectHere(ref reader, "tool_calls");
            var index = JsonRead.PeekCount(reader, "index"u8) ?? 0;
            if (!_calls.TryGetValue(index, out var call))
            {
                call = new();
                _calls.Add(index, call);
            }

            call.Add(ref reader, body);
        }

        return any;
    }

    /// <summary>The whole calls as a JSON array, in the order of their index; null when there are none.</summary>
    public string? ToJson() => JsonText.Array(_calls.Values, (writer, call) => call.Write(writer));
}

/// <summary>
/// An object put together from pieces: <c>arguments</c> (of functions) and <c>input</c> (of custom tools) grow, of the other
/// members the first that is not null stands, and members inside members are put together in the same way.
/// </summary>
internal sealed class JoinedObject
{
    private readonly List<(string Name, object Value)> _members = [];

    /// <summary>Adds the object that the reader stands on.</summary>
    public void Add(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("index"u8))
            {
                JsonRead.Skip(ref reader);
                continue;
            }

            var grows = reader.ValueTextEquals("arguments"u8) || reader.ValueTextEquals("input"u8);
            var name = reader.GetString()!;
            reader.Read();
            if (grows && reader.TokenType == JsonTokenType.String)
            {
                Member(name, static () => new TextBuilder())?.Append(ref reader);
            }
            else if (reader.TokenType == JsonTokenType.StartObject && Member(name, static () => new JoinedObject()) is { } inner)
            {
                inner.Add(ref reader, body);
            }
            else
            {
                var raw = JsonRead.RawHere(ref reader, body);
                if (!raw.SequenceEqual("null"u8) && !_members.Exists(member => member.Name == name))
                {
                    _members.Add((name, raw.ToArray()));
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
    private T? Member<T>(string name, Func<T> make)
        where T : class
    {
        foreach (var member in _members)
        {
            if (member.Name == name)
            {
                return member.Value as T;
            }
        }

        var made = make();
        _members.Add((name, made));
        return made;
    }
}
