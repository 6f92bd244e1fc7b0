namespace Tda.Gateway.Protocols.OpenAI;

/// <summary>The list of models, or one of them, whose id is then the model asked for. There is no prompt and no response text.</summary>
internal sealed class ModelsParser(ParsedExchange parsed) : ProtocolParser(parsed, prompt: null, answer: null)
{
    public override bool ReadEvent(ReadOnlySpan<byte> data) => throw new FormatException("models don't come as a stream");

    public override void EndStream()
    {
    }

    protected override bool ReadAnswerMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        if (reader.ValueTextEquals("id"u8))
        {
            Parsed.Model = JsonRead.Text(ref reader, "id");
        }

        return false;
    }
}
