using Tda.Gateway.Protocols.Anthropic;

namespace Tda.Gateway.Protocols.Bedrock;

/// <summary>
/// Amazon Bedrock's <c>invoke</c> and <c>invoke-with-response-stream</c>, which carry the body of a model's own API: Anthropic's is read, what
/// others send is recorded raw. A stream's messages hold an event each, in base64.
/// </summary>
internal sealed class InvokeParser(ParsedExchange parsed) : MessagesParser(parsed)
{
    private const string Anthropic = "anthropic.";

    /// <summary>Whether a model's own API is Anthropic's: <c>anthropic.claude-…</c>, <c>eu.anthropic.claude-…</c>, or an ARN that ends so.</summary>
    public static bool Reads(string? model) => model is not null && model.Contains(Anthropic, StringComparison.Ordinal);

    public override bool ReadMessage(string type, ReadOnlySpan<byte> payload)
    {
        var reader = JsonRead.Start(payload, "event");
        var found = false;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("bytes"u8))
            {
                reader.Read();
                found |= reader.TokenType == JsonTokenType.String && reader.TryGetBytesFromBase64(out var data)
                    ? ReadEvent(data)
                    : throw new FormatException("'bytes' is not base64");
            }
        }

        return found;
    }
}
