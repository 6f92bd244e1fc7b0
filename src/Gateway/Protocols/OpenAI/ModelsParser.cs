namespace Tda.Gateway.Protocols.OpenAI;

/// <summary>The list of models, or one of them, whose id is then the model asked for. There is no prompt and no response text.</summary>
internal sealed class ModelsParser(ParsedExchange parsed) : IProtocolParser
{
    public void ReadRequest(ReadOnlySpan<byte> body)
    {
    }

    public void ReadAnswer(ReadOnlySpan<byte> body)
    {
        var reader = JsonRead.Start(body);
        JsonRead.ObjectHere(ref reader, "response");
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("id"u8))
            {
                parsed.Model = JsonRead.Text(ref reader, "id");
            }
            else
            {
                JsonRead.Skip(ref reader);
            }
        }

        JsonRead.End(ref reader);
    }

    public bool ReadEvent(ReadOnlySpan<byte> data) => throw new FormatException("models don't come as a stream");

    public void EndStream()
    {
    }
}
