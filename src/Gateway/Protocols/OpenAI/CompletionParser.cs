namespace Tda.Gateway.Protocols.OpenAI;

/// <summary>Completions, the older API: a prompt and its continuation.</summary>
internal sealed class CompletionParser(ParsedExchange parsed) : ChoicesParser(parsed, prompt: "prompt")
{
    protected override void ReadRequestMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        if (reader.ValueTextEquals("prompt"u8))
        {
            reader.Read();
            Parsed.Prompt = Prompt(ref reader);
        }
    }

    protected override bool ReadChoiceMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        if (reader.ValueTextEquals("text"u8))
        {
            return Parsed.Text.Append(ref reader, "text");
        }

        if (reader.ValueTextEquals("logprobs"u8) && JsonRead.IntoObject(ref reader, "logprobs"))
        {
            LogprobsReader.ReadCompletion(ref reader, Parsed.Logprobs ??= []);
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
