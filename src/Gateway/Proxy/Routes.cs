using System.Collections.Frozen;

namespace Tda.Gateway.Proxy;

/// <summary>The kinds of calls.</summary>
internal static class Routes
{
    public const string ChatCompletions = "/v1/chat/completions";
    public const string Completions = "/v1/completions";
    public const string Responses = "/v1/responses";
    public const string Embeddings = "/v1/embeddings";
    public const string Models = "/v1/models";
    public const string Messages = "/v1/messages";

    // An escape of an escape of an escape; nobody means more.
    private const int MostEscaped = 3;

    private static readonly FrozenSet<string> Known = FrozenSet.Create(
        ChatCompletions, Completions, Responses, Embeddings, Models, Messages,
        "/v1/messages/count_tokens", "/v1/messages/batches", "/v1/responses/input_tokens", "/v1/responses/compact");

    /// <summary>
    /// The route of a path: one with a parser, or a named call below it, as it is; below such a route anything else is
    /// <c>ROUTE/{id}</c>; of any other path the first segment below <c>/v1</c> counts, so that ids don't make a route each.
    /// </summary>
    public static string Of(PathString path)
    {
        var text = (path.Value ?? "").TrimEnd('/');
        return Known.TryGetValue(text, out var known) ? known : Other(text);
    }

    /// <summary>
    /// The route that an upstream may take a path for, where that is another than <see cref="Of"/> says: by other case, doubled, escaped or
    /// backward slashes, or parameters of a segment. Rules hold by route, so such a spelling would get around them. Null for a plain path.
    /// </summary>
    public static string? Disguised(PathString path)
    {
        var written = path.Value ?? "";
        if (IsKnown(written))
        {
            return null;
        }

        var plain = written;
        for (var i = 0; i < MostEscaped && plain.Contains('%', StringComparison.Ordinal); i++)
        {
            plain = Uri.UnescapeDataString(plain);
        }

        var segments = plain.Replace('\\', '/').ToLowerInvariant().Split('/', StringSplitOptions.RemoveEmptyEntries)
            .Select(segment => segment.Split(';')[0].Trim()).Where(segment => segment is not ("" or "."));
        var meant = Of("/" + string.Join('/', segments));
        return meant == Of(path) ? null : meant;
    }

    /// <summary>Whether a path is, letter for letter, that of a call which has no ids in it.</summary>
    public static bool IsKnown(string? path) => path is not null && Known.Contains(path);

    /// <summary>Whether a route's clients expect errors in Anthropic's shape.</summary>
    public static bool IsAnthropic(string route) => route.StartsWith(Messages, StringComparison.Ordinal);

    private static string Other(string text)
    {
        var segments = text.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return segments switch
        {
            ["v1", "chat", "completions", _, ..] => ChatCompletions + "/{id}",
            ["v1", "responses", _, ..] => Responses + "/{id}",
            ["v1", "messages", "batches", _, ..] => "/v1/messages/batches/{id}",
            ["v1", "messages", _, ..] => Messages + "/{id}",
            ["v1", "completions" or "embeddings", _, ..] => $"/v1/{segments[1]}/{{id}}",
            [_, var first, ..] => "/v1/" + first,
            _ => "/v1",
        };
    }
}
