using System.Text.Json;
using Tda.Core.Exchanges;

namespace Tda.Gateway.Parsing;

/// <summary>Reads token log-probabilities in the two shapes of the API.</summary>
internal static class LogprobsParser
{
    /// <summary>Chat: <c>{"content": [{"token", "logprob", "bytes", "top_logprobs": [...]}]}</c>; a refusal's tokens come after.</summary>
    public static IEnumerable<TokenLogprob> Chat(JsonElement logprobs) =>
        (logprobs.Items("content") ?? []).Concat(logprobs.Items("refusal") ?? []).Select(token =>
            new TokenLogprob(Token(token), token.Number("logprob"), [.. (token.Items("top_logprobs") ?? []).Select(Alternative)])
            {
                Bytes = Bytes(token),
            });

    /// <summary>Completions: <c>{"tokens": [...], "token_logprobs": [...], "top_logprobs": [{token: logprob}]}</c>.</summary>
    public static IEnumerable<TokenLogprob> Completion(JsonElement logprobs)
    {
        var tokens = logprobs.Items("tokens")?.ToList() ?? [];
        var values = logprobs.Items("token_logprobs")?.ToList() ?? [];
        var top = logprobs.Items("top_logprobs")?.ToList() ?? [];
        if (values.Count != tokens.Count || (top.Count != 0 && top.Count != tokens.Count))
        {
            throw new FormatException($"logprobs: {tokens.Count} tokens, {values.Count} log-probabilities and {top.Count} lists of alternatives don't match");
        }

        return tokens.Select((token, i) => new TokenLogprob(
            token.ValueKind == JsonValueKind.String ? token.GetString()! : throw JsonShape.Unexpected("tokens", "strings", token),
            values[i].ValueKind == JsonValueKind.Null ? null : JsonShape.AsNumber(values[i], "token_logprobs"),
            top.Count == 0 ? [] : Alternatives(top[i])));
    }

    private static List<TokenAlternative> Alternatives(JsonElement top) => top.ValueKind switch
    {
        JsonValueKind.Null => [],
        JsonValueKind.Object => [.. top.EnumerateObject().Select(p => new TokenAlternative(p.Name, JsonShape.AsNumber(p.Value, "top_logprobs"))).OrderByDescending(a => a.Logprob)],
        _ => throw JsonShape.Unexpected("top_logprobs", "objects", top),
    };

    private static TokenAlternative Alternative(JsonElement token) =>
        new(Token(token), token.Number("logprob") ?? throw new FormatException("'logprob' is missing")) { Bytes = Bytes(token) };

    private static string Token(JsonElement token) => token.Text("token") ?? throw new FormatException("'token' is missing");

    private static int[]? Bytes(JsonElement token) =>
        token.Items("bytes")?.Select(b => b.ValueKind == JsonValueKind.Number && b.TryGetInt32(out var value) ? value : throw JsonShape.Unexpected("bytes", "numbers", b)).ToArray();
}
