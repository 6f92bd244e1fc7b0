namespace Tda.Gateway.Protocols.Gemini;

/// <summary>
/// Google's <c>generateContent</c> and <c>streamGenerateContent</c>, whose stream is of server-sent events (<c>alt=sse</c>) or one JSON array
/// that grows: text, thoughts, function calls, log-probabilities, finish reason, usage. Of several candidates the one with index 0 is read.
/// </summary>
internal sealed class GenerateContentParser(ParsedExchange parsed) : ProtocolParser(parsed, prompt: "contents", answer: "candidates")
{
    private readonly List<string> _calls = [];

    public override void ReadAnswer(ReadOnlySpan<byte> body)
    {
        if (body.TrimStart(" \r\n\t"u8) is not [(byte)'[', ..])
        {
            base.ReadAnswer(body);
            return;
        }

        var reader = new Utf8JsonReader(body);
        reader.Read();
        try
        {
            while (JsonRead.NextItem(ref reader))
            {
                JsonRead.ObjectHere(ref reader, "response");
                ReadMembers(ref reader, body);
            }

            JsonRead.End(ref reader);
        }
        finally
        {
            EndStream();
        }
    }

    public override bool ReadEvent(ReadOnlySpan<byte> data)
    {
        var reader = JsonRead.Start(data, "event");
        var found = ReadMembers(ref reader, data);
        JsonRead.End(ref reader);
        return found;
    }

    /// <summary>The request as a chat: the system instruction becomes its first message.</summary>
    protected override void ReadRequestMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        // The API takes both spellings, as all of Google's do.
        if (reader.ValueTextEquals("systemInstruction"u8) || reader.ValueTextEquals("system_instruction"u8))
        {
            SystemMessage = JsonRead.IntoObject(ref reader, "systemInstruction") ? ContentReader.Read(ref reader, body) with { Role = "system" } : null;
        }
        else if (reader.ValueTextEquals("contents"u8))
        {
            reader.Read();
            Messages = ContentReader.ReadAll(ref reader, body);
        }
    }

    protected override bool ReadAnswerMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        if (reader.ValueTextEquals("candidates"u8))
        {
            Answered = true;
            return JsonRead.IntoArray(ref reader, "candidates") && ReadCandidates(ref reader, body);
        }

        if (reader.ValueTextEquals("usageMetadata"u8))
        {
            Parsed.Usage = ReadUsage(ref reader) ?? Parsed.Usage;
        }
        else if (reader.ValueTextEquals("modelVersion"u8))
        {
            Parsed.Model = JsonRead.Text(ref reader, "modelVersion") ?? Parsed.Model;
        }
        else if (reader.ValueTextEquals("promptFeedback"u8) && JsonRead.IntoObject(ref reader, "promptFeedback"))
        {
            ReadFeedback(ref reader);
        }
        else if (reader.ValueTextEquals("error"u8))
        {
            // A stream that has begun has its status; what breaks it comes as a last item.
            Parsed.StreamError = true;
            Answered = true;
        }

        return false;
    }

    protected override string? ToolCalls() => _calls.Count == 0 ? null : $"[{string.Join(',', _calls)}]";

    /// <summary>Thoughts are billed as output and counted apart from the answer's tokens; what came from a cache is in the prompt's count.</summary>
    protected override Usage? ReadUsage(ref Utf8JsonReader reader)
    {
        if (!JsonRead.IntoObject(ref reader, "usageMetadata"))
        {
            return null;
        }

        long? prompt = null, answer = null, thoughts = null, total = null;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("promptTokenCount"u8))
            {
                prompt = JsonRead.Count(ref reader, "promptTokenCount");
            }
            else if (reader.ValueTextEquals("candidatesTokenCount"u8))
            {
                answer = JsonRead.Count(ref reader, "candidatesTokenCount");
            }
            else if (reader.ValueTextEquals("thoughtsTokenCount"u8))
            {
                thoughts = JsonRead.Count(ref reader, "thoughtsTokenCount");
            }
            else if (reader.ValueTextEquals("totalTokenCount"u8))
            {
                total = JsonRead.Count(ref reader, "totalTokenCount");
            }
        }

        return new(prompt, TokenSum.Of(answer, thoughts), total);
    }

    /// <summary>A prompt that is blocked has no candidates; the reason stands in the place of theirs.</summary>
    private void ReadFeedback(ref Utf8JsonReader reader)
    {
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("blockReason"u8))
            {
                Parsed.FinishReason = JsonRead.Text(ref reader, "blockReason") ?? Parsed.FinishReason;
                Answered = true;
            }
        }
    }

    private bool ReadCandidates(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var found = false;
        while (JsonRead.NextItem(ref reader))
        {
            JsonRead.ObjectHere(ref reader, "candidates");
            if ((JsonRead.PeekCount(reader, "index"u8) ?? 0) != 0)
            {
                reader.Skip();
                continue;
            }

            while (JsonRead.NextProperty(ref reader))
            {
                if (reader.ValueTextEquals("finishReason"u8))
                {
                    Parsed.FinishReason = JsonRead.Text(ref reader, "finishReason") ?? Parsed.FinishReason;
                }
                else if (reader.ValueTextEquals("content"u8) && JsonRead.IntoObject(ref reader, "content"))
                {
                    found |= ReadContent(ref reader, body);
                }
                else if (reader.ValueTextEquals("logprobsResult"u8) && JsonRead.IntoObject(ref reader, "logprobsResult"))
                {
                    LogprobsResultReader.Read(ref reader, Parsed.Logprobs ??= []);
                }
            }
        }

        return found;
    }

    private bool ReadContent(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var found = false;
        while (JsonRead.NextProperty(ref reader))
        {
            if (!reader.ValueTextEquals("parts"u8))
            {
                continue;
            }

            for (var more = JsonRead.IntoArray(ref reader, "parts"); more && JsonRead.NextItem(ref reader);)
            {
                JsonRead.ObjectHere(ref reader, "parts");
                found |= ReadPart(ref reader, body);
            }
        }

        return found;
    }

    private bool ReadPart(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var text = ContentReader.IsThought(reader) ? Parsed.Reasoning : Parsed.Text;
        var found = false;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("text"u8))
            {
                found |= text.Append(ref reader, "text");
            }
            else if (reader.ValueTextEquals("functionCall"u8))
            {
                _calls.Add(BlobText.Of(JsonRead.Raw(ref reader, body)));
                found = true;
            }
        }

        return found;
    }
}
