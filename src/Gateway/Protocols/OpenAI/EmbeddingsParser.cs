namespace Tda.Gateway.Protocols.OpenAI;

/// <summary>Embeddings: the texts are the prompt, one a line where there are several; the vectors stay in the raw body.</summary>
internal sealed class EmbeddingsParser(ParsedExchange parsed) : ProtocolParser(parsed, prompt: "input", answer: null)
{
    public override bool ReadEvent(ReadOnlySpan<byte> data) => throw new FormatException("embeddings don't come as a stream");

    public override void EndStream()
    {
    }

    protected override void ReadRequestMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        if (reader.ValueTextEquals("input"u8))
        {
            reader.Read();
            Parsed.Prompt = reader.TokenType == JsonTokenType.StartArray ? Lines(ref reader) : JsonRead.TextHere(ref reader, "input");
        }
    }

    private static string Lines(ref Utf8JsonReader reader)
    {
        var lines = new List<string>();
        while (JsonRead.NextItem(ref reader))
        {
            lines.Add(reader.TokenType == JsonTokenType.String
                ? reader.GetString()!
                : throw new FormatException("'input' is not text (tokens can be read from the raw request only)"));
        }

        return string.Join('\n', lines);
    }
}
