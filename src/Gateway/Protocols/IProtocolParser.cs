using Tda.Gateway.Protocols.Anthropic;
using Tda.Gateway.Protocols.OpenAI;
using Tda.Gateway.Proxy;

namespace Tda.Gateway.Protocols;

/// <summary>
/// Reads the messages of one exchange of one protocol into its <see cref="ParsedExchange"/>, piece by piece: what was read
/// before an error stays.
/// </summary>
/// <remarks>
/// Bodies are whole and unpacked. For what they hold the methods throw only <see cref="FormatException"/> (another shape than
/// expected), <see cref="System.Text.Json.JsonException"/> and <see cref="InvalidOperationException"/> (text that is none).
/// </remarks>
internal interface IProtocolParser
{
    /// <summary>The request's body.</summary>
    void ReadRequest(ReadOnlySpan<byte> body);

    /// <summary>The body of a plain answer.</summary>
    void ReadAnswer(ReadOnlySpan<byte> body);

    /// <summary>The data of one event of a streamed answer; true when it holds a piece of the answer itself.</summary>
    bool ReadEvent(ReadOnlySpan<byte> data);

    /// <summary>The stream has ended: puts its pieces together and sets <see cref="ParsedExchange.StreamCut"/>.</summary>
    void EndStream();
}

/// <summary>Which protocol a call speaks.</summary>
internal static class ProtocolParsers
{
    /// <summary>The parser of a call; null where only the raw bytes are kept.</summary>
    public static IProtocolParser? For(string route, string method, ParsedExchange parsed) => (route, method) switch
    {
        (Routes.ChatCompletions, "POST") => new ChatParser(parsed),
        (Routes.Completions, "POST") => new CompletionParser(parsed),
        (Routes.Responses, "POST") => new ResponsesParser(parsed),
        (Routes.Embeddings, "POST") => new EmbeddingsParser(parsed),
        (Routes.Messages, "POST") => new MessagesParser(parsed),
        (Routes.Models, "GET") => new ModelsParser(parsed),
        _ => null,
    };
}
