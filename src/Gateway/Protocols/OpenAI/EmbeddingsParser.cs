namespace Tda.Gateway.Protocols.OpenAI;

/// <summary>Embeddings: the texts are the prompt, one a line where there are several; the vectors stay in the raw body.</summary>
internal sealed class EmbeddingsParser(ParsedExchange parsed) : IProtocolParser
{
    public void ReadRequest(ReadOnlySpan<byte> body)
    {
        var reader = JsonRead.Start(body);
        JsonRead.ObjectHere(ref reader, "request");
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("model"u8))
            {
                parsed.Model = JsonRead.Text(ref reader, "model");
            }
            else if (reader.ValueTextEquals("input"u8))
            {
                reader.Read();
                parsed.Prompt = reader.TokenType == JsonTokenType.StartArray ? Lines(ref reader) : JsonRead.TextHere(ref reader, "input");
            }
            else
            {
                JsonRead.Skip(ref reader);
            }
        }

        JsonRead.End(ref reader);
        if (parsed.Prompt is null)
        {
            throw new FormatException("'input' is missing");
        }
    }

    public void ReadAnswer(ReadOnlySpan<byte> body)
    {
        var reader = JsonRead.Start(body);
        JsonRead.ObjectHere(ref reader, "response");
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("model"u8))
            {
                parsed.Model = JsonRead.Text(ref reader, "model") ?? parsed.Model;
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                parsed.Usage = UsageReader.Read(ref reader) ?? parsed.Usage;
            }
            else
            {
                JsonRead.Skip(ref reader);
            }
        }

        JsonRead.End(ref reader);
    }

    public bool ReadEvent(ReadOnlySpan<byte> data) => throw new FormatException("embeddings don't come as a stream");

    public void EndStream()
    {
    }

    private static string Lines(ref Utf8JsonReader reader)
    {
        var text = new StringBuilder();
        for (var first = true; JsonRead.NextItem(ref reader); first = false)
        {
            if (reader.TokenType != JsonTokenType.String)
            {
                throw new FormatException("'input' is not text (tokens can be read from the raw request only)");
            }

            text.Append(first ? "" : "\n").Append(reader.GetString());
        }

        return text.ToString();
    }
}
