using System.Collections.Frozen;

namespace Tda.Gateway.Proxy;

/// <summary>
/// The kinds of calls. A route is named as the call is below <c>/v1</c>, whatever root it has (<c>/v1beta</c>, <c>/openai/deployments/X</c>), so
/// that the same rules hold for it.
/// </summary>
internal static class Routes
{
    public const string ChatCompletions = "/v1/chat/completions";
    public const string Completions = "/v1/completions";
    public const string Responses = "/v1/responses";
    public const string Embeddings = "/v1/embeddings";
    public const string Models = "/v1/models";
    public const string Messages = "/v1/messages";
    public const string GenerateContent = "/v1/models:generateContent";
    public const string StreamGenerateContent = "/v1/models:streamGenerateContent";
    public const string Converse = "/v1/model/converse";
    public const string ConverseStream = "/v1/model/converse-stream";
    public const string Invoke = "/v1/model/invoke";
    public const string InvokeStream = "/v1/model/invoke-with-response-stream";
    public const string Realtime = "/v1/realtime";

    // An escape of an escape of an escape; nobody means more.
    private const int MostEscaped = 3;

    private static readonly FrozenSet<string> Known = FrozenSet.Create(
        ChatCompletions, Completions, Responses, Embeddings, Models, Messages, Realtime,
        "/v1/messages/count_tokens", "/v1/messages/batches", "/v1/responses/input_tokens", "/v1/responses/compact");

    // Google's, behind a model's name and a colon, by their names without case: "/v1beta/models/gemini-2.5-flash:generateContent".
    private static readonly FrozenDictionary<string, string> ModelMethods = ((string[])
        [
            "generateContent", "streamGenerateContent", "countTokens", "embedContent", "batchEmbedContents", "asyncBatchEmbedContent",
            "batchGenerateContent", "predict", "predictLongRunning", "rawPredict", "streamRawPredict",
        ]).ToFrozenDictionary(method => method, method => Models + ":" + method, StringComparer.OrdinalIgnoreCase);

    // Amazon Bedrock's: "/model/amazon.nova-lite-v1:0/converse".
    private static readonly FrozenSet<string> ModelCalls =
        FrozenSet.Create("converse", "converse-stream", "invoke", "invoke-with-response-stream", "invoke-with-bidirectional-stream", "count-tokens");

    /// <summary>
    /// The route of a path: one with a parser, or a named call below it, as it is; below such a route anything else is
    /// <c>ROUTE/{id}</c>; a call of a model's own is named without the model; of any other path the first segment below the API's root
    /// counts, so that ids don't make a route each.
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

    /// <summary>Whether a path is a call that the gateway knows by name.</summary>
    public static bool IsCall(PathString path) =>
        Of(path) is var route && (Known.Contains(route) || route.EndsWith("/{id}", StringComparison.Ordinal) || IsOfModel(route));

    /// <summary>Whether a path begins with the root of an API: a version such as <c>/v1</c> or <c>/v1beta</c>, Azure's <c>/openai</c>, Bedrock's <c>/model</c>.</summary>
    public static bool IsRooted(PathString path)
    {
        var text = path.Value ?? "";
        if (text.StartsWith("/v1/", StringComparison.Ordinal))
        {
            return true;
        }

        // In any case of letters: one that isn't plain is then refused as such.
        var segments = text.ToLowerInvariant().Split('/', 3);
        return segments is ["", var first, ..] && (IsVersion(first) || (segments.Length > 2 && IsRoot(first)));
    }

    /// <summary>Whether a segment is an API's version: <c>v1</c>, <c>v1beta</c>, <c>v2</c>.</summary>
    public static bool IsVersion(string segment) =>
        segment.Length > 1 && segment[0] == 'v' && char.IsAsciiDigit(segment[1]) && segment.All(char.IsAsciiLetterOrDigit);

    /// <summary>Whether a route's clients expect errors in Anthropic's shape.</summary>
    public static bool IsAnthropic(string route) => route.StartsWith(Messages, StringComparison.Ordinal);

    /// <summary>Whether a route's clients expect errors in Google's shape.</summary>
    public static bool IsGoogle(string route) => route.StartsWith(Models + ":", StringComparison.Ordinal);

    /// <summary>Whether a route's clients expect errors in the shape of Amazon's services.</summary>
    public static bool IsBedrock(string route) => route.StartsWith("/v1/model/", StringComparison.Ordinal);

    /// <summary>Whether the model of such a route's calls stands in the path and nowhere else.</summary>
    public static bool IsOfModel(string route) => IsGoogle(route) || IsBedrock(route);

    /// <summary>The model, or Azure's deployment, that a path (with or without a query) names; null when it names none.</summary>
    public static string? ModelIn(string path)
    {
        var segments = path.Split('?', 2)[0].Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i + 1 < segments.Length; i++)
        {
            if (segments[i] is "deployments" or "models" or "model")
            {
                var name = Uri.UnescapeDataString(segments[i + 1]);
                var colon = name.LastIndexOf(':');
                return colon > 0 && ModelMethods.ContainsKey(name[(colon + 1)..]) ? name[..colon] : name;
            }
        }

        return null;
    }

    private static string Other(string text)
    {
        // Empty segments stay: a doubled slash must not look like a single one.
        var segments = text.Split('/')[1..];
        if (segments is not [var root, ..] || !IsRoot(root))
        {
            return segments is [_, var second, ..] ? "/v1/" + second : "/v1";
        }

        var rest = BelowRoot(segments);
        return rest switch
        {
            [.., "models", var last] when ModelMethod(last) is { } route => route,
            ["model", _, .., var call] when ModelCalls.Contains(call) => "/v1/model/" + call,
            _ when Known.TryGetValue("/v1/" + string.Join('/', rest), out var known) => known,
            ["chat", "completions", _, ..] => ChatCompletions + "/{id}",
            ["responses", _, ..] => Responses + "/{id}",
            ["messages", "batches", _, ..] => "/v1/messages/batches/{id}",
            ["messages", _, ..] => Messages + "/{id}",
            ["completions" or "embeddings", _, ..] => $"/v1/{rest[0]}/{{id}}",
            [var first, ..] => "/v1/" + first,
            _ => "/v1",
        };
    }

    private static bool IsRoot(string segment) => IsVersion(segment) || segment is "openai" or "model";

    /// <summary>What stands below the API's root, which may be <c>/v1</c>, <c>/v1beta/openai</c> or <c>/openai/deployments/X</c>.</summary>
    private static string[] BelowRoot(string[] segments)
    {
        var start = 0;
        while (start < segments.Length)
        {
            if (segments[start] == "openai" || IsVersion(segments[start]))
            {
                start++;
            }
            else if (segments[start] == "deployments" && start + 1 < segments.Length)
            {
                start += 2;
            }
            else
            {
                break;
            }
        }

        return segments[start..];
    }

    private static string? ModelMethod(string segment)
    {
        var colon = segment.LastIndexOf(':');
        return colon > 0 && ModelMethods.TryGetValue(segment[(colon + 1)..], out var route) ? route : null;
    }
}
