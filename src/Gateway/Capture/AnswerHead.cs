using Tda.Gateway.Protocols;

namespace Tda.Gateway.Capture;

/// <summary>What an answer begins with, masked.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Headers">Its headers.</param>
/// <param name="Streamed">Whether its body comes in events.</param>
internal sealed record AnswerHead(int Status, IReadOnlyList<HeaderField> Headers, bool Streamed)
{
    /// <summary>
    /// Whether its body can be looked into only once it is whole: a packed one, and one in Amazon's encoding, which has no place where it could
    /// be cut.
    /// </summary>
    public bool WaitsForItsEnd => ContentDecoder.IsPacked(ExchangeParser.Header(Headers, "Content-Encoding"))
        || MediaTypes.IsAmazonEventStream(ExchangeParser.Header(Headers, "Content-Type"));
}
