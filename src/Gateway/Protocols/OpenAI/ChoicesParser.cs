namespace Tda.Gateway.Protocols.OpenAI;

/// <summary>What chats and completions have in common: answers with choices, of which choice 0 is read.</summary>
internal abstract class ChoicesParser(ParsedExchange parsed, string prompt) : ProtocolParser(parsed, prompt, answer: "choices")
{
    /// <summary>Whether the answer comes as a stream.</summary>
    protected bool Streamed { get; private set; }

    public override bool ReadEvent(ReadOnlySpan<byte> data)
    {
        Streamed = true;
        if (data.Trim((byte)' ').SequenceEqual("[DONE]"u8))
        {
            Done = true;
            return false;
        }

        var reader = JsonRead.Start(data, "event");
        var found = ReadMembers(ref reader, data);
        JsonRead.End(ref reader);
        return found;
    }

    /// <summary>Reads the choice's member whose name the reader stands on; true when it holds a piece of the answer itself.</summary>
    protected abstract bool ReadChoiceMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body);

    protected override bool ReadAnswerMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        if (reader.ValueTextEquals("choices"u8))
        {
            Answered = JsonRead.IntoArray(ref reader, "choices");
            return Answered && ReadChoices(ref reader, body);
        }

        if (Streamed && reader.ValueTextEquals("error"u8))
        {
            reader.Read();
            Parsed.StreamError |= reader.TokenType != JsonTokenType.Null;
            reader.Skip();
        }

        return false;
    }

    private bool ReadChoices(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        bool found = false, chosen = false;
        while (JsonRead.NextItem(ref reader))
        {
            JsonRead.ObjectHere(ref reader, "choices");
            if (chosen || (JsonRead.PeekCount(reader, "index"u8) ?? 0) != 0)
            {
                reader.Skip();
                continue;
            }

            chosen = true;
            while (JsonRead.NextProperty(ref reader))
            {
                if (reader.ValueTextEquals("finish_reason"u8))
                {
                    Parsed.FinishReason = JsonRead.Text(ref reader, "finish_reason") ?? Parsed.FinishReason;
                }
                else
                {
                    found |= ReadChoiceMember(ref reader, body);
                }
            }
        }

        return found;
    }
}
