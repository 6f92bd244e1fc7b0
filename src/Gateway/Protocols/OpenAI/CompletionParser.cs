namespace Tda.Gateway.Protocols.OpenAI;

/// <summary>Completions, the older API: a prompt and its continuation.</summary>
internal sealed class CompletionParser(ParsedExchange parsed) : ChoicesParser(parsed)
{
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
            else if (reader.ValueTextEquals("prompt"u8))
            {
                reader.Read();
                Parsed.Prompt = Prompt(ref reader);
            }
            else
            {
                JsonRead.Skip(ref reader);
            }
        }

        JsonRead.End(ref reader);
        if (Parsed.Prompt is null)
        {
            throw new FormatException("'prompt' is missing");
        }
    }

    protected override bool ReadMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, bool streamed)
    {
        if (reader.ValueTextEquals("text"u8))
        {
            reader.Read();
            return Parsed.Text.Append(ref reader, "text");
        }

        if (reader.ValueTextEquals("logprobs"u8))
        {
            if (JsonRead.IntoObject(ref reader, "logprobs"))
            {
                LogprobsReader.ReadCompletion(ref reader, Parsed.AddLogprobs());
            }
        }
        else
        {
            JsonRead.Skip(ref reader);
        }

        return false;
    }

    /// <summary>Of several prompts the first, to which choice 0 belongs.</summary>
    private static string? Prompt(ref Utf8JsonReader reader)
    {
        var first = reader;
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            first.Read();
            reader.Skip();
        }

        return first.TokenType switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.String => first.GetString(),
            _ => throw new FormatException("'prompt' is not text (tokens can be read from the raw request only)"),
        };
    }
}
