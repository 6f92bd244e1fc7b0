using Tda.Gateway.Parsing.Anthropic;
using Tda.Gateway.Parsing.OpenAI;
using Tda.Gateway.Proxy;

namespace Tda.Gateway.Parsing;

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
