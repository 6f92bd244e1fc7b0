namespace Tda.Gateway.Protocols.OpenAI;

/// <summary>What answers of chats and completions have in common: a model, a usage and choices, of which choice 0 is read.</summary>
internal abstract class ChoicesParser(ParsedExchange parsed) : IProtocolParser
{
    private bool _done;

    protected ParsedExchange Parsed => parsed;

    public abstract void ReadRequest(ReadOnlySpan<byte> body);

    public void ReadAnswer(ReadOnlySpan<byte> body)
    {
        if (!ReadRoot(body, streamed: false, out _))
        {
            throw new FormatException("'choices' is missing");
        }
    }

    public bool ReadEvent(ReadOnlySpan<byte> data)
    {
        if (data.Trim((byte)' ').SequenceEqual("[DONE]"u8))
        {
            _done = true;
            return false;
        }

        ReadRoot(data, streamed: true, out var found);
        return found;
    }

    public virtual void EndStream() => parsed.StreamCut = !_done && parsed.FinishReason is null;

    /// <summary>Reads the choice's member whose name the reader stands on, and says whether it held a piece of the answer itself.</summary>
    protected abstract bool ReadMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, bool streamed);

    /// <summary>Reads one answer object and says whether it has choices.</summary>
    private bool ReadRoot(ReadOnlySpan<byte> body, bool streamed, out bool found)
    {
        found = false;
        var hasChoices = false;
        var reader = JsonRead.Start(body);
        JsonRead.ObjectHere(ref reader, streamed ? "event" : "response");
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("choices"u8))
            {
                hasChoices = JsonRead.IntoArray(ref reader, "choices");
                found |= hasChoices && ReadChoices(ref reader, body, streamed);
            }
            else if (reader.ValueTextEquals("model"u8))
            {
                parsed.Model = JsonRead.Text(ref reader, "model") ?? parsed.Model;
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                parsed.Usage = UsageReader.Read(ref reader) ?? parsed.Usage;
            }
            else if (streamed && reader.ValueTextEquals("error"u8))
            {
                reader.Read();
                parsed.StreamError |= reader.TokenType != JsonTokenType.Null;
                reader.Skip();
            }
            else
            {
                JsonRead.Skip(ref reader);
            }
        }

        JsonRead.End(ref reader);
        return hasChoices;
    }

    private bool ReadChoices(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, bool streamed)
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
                    parsed.FinishReason = JsonRead.Text(ref reader, "finish_reason") ?? parsed.FinishReason;
                }
                else
                {
                    found |= ReadMember(ref reader, body, streamed);
                }
            }
        }

        return found;
    }
}

/// <summary>Reads a usage object: prompt and completion tokens of chats, which responses call input and output tokens.</summary>
internal static class UsageReader
{
    /// <summary>The usage behind the property that the reader stands on; null where it is null.</summary>
    public static Usage? Read(ref Utf8JsonReader reader)
    {
        if (!JsonRead.IntoObject(ref reader, "usage"))
        {
            return null;
        }

        long? prompt = null, completion = null, total = null;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("prompt_tokens"u8) || reader.ValueTextEquals("input_tokens"u8))
            {
                prompt = JsonRead.Count(ref reader, "prompt_tokens");
            }
            else if (reader.ValueTextEquals("completion_tokens"u8) || reader.ValueTextEquals("output_tokens"u8))
            {
                completion = JsonRead.Count(ref reader, "completion_tokens");
            }
            else if (reader.ValueTextEquals("total_tokens"u8))
            {
                total = JsonRead.Count(ref reader, "total_tokens");
            }
            else
            {
                JsonRead.Skip(ref reader);
            }
        }

        return new(prompt, completion, total);
    }
}
