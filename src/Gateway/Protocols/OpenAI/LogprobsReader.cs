namespace Tda.Gateway.Protocols.OpenAI;

/// <summary>Reads token log-probabilities in the shapes of the API. Tokens before a malformed one stay.</summary>
internal static class LogprobsReader
{
    /// <summary>Chat: <c>{"content": [{"token", "logprob", "bytes", "top_logprobs": [...]}]}</c>; a refusal's tokens come after.</summary>
    public static void ReadChat(ref Utf8JsonReader reader, List<TokenLogprob> tokens)
    {
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("content"u8) || reader.ValueTextEquals("refusal"u8))
            {
                ReadTokens(ref reader, tokens);
            }
        }
    }

    /// <summary>The array of tokens behind the property that the reader stands on, as chats and responses have it.</summary>
    public static void ReadTokens(ref Utf8JsonReader reader, List<TokenLogprob> tokens)
    {
        for (var more = JsonRead.IntoArray(ref reader, "logprobs"); more && JsonRead.NextItem(ref reader);)
        {
            var (token, logprob, bytes, alternatives) = ReadToken(ref reader);
            tokens.Add(new(token, logprob, alternatives) { Bytes = bytes });
        }
    }

    /// <summary>Completions: <c>{"tokens": [...], "token_logprobs": [...], "top_logprobs": [{token: logprob}]}</c>.</summary>
    public static void ReadCompletion(ref Utf8JsonReader reader, List<TokenLogprob> tokens)
    {
        var texts = new List<string>();
        var values = new List<double?>();
        var top = new List<List<TokenAlternative>>();
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("tokens"u8))
            {
                for (var more = JsonRead.IntoArray(ref reader, "tokens"); more && JsonRead.NextItem(ref reader);)
                {
                    texts.Add(JsonRead.TextHere(ref reader, "tokens") ?? throw JsonRead.Unexpected("tokens", "strings", reader.TokenType));
                }
            }
            else if (reader.ValueTextEquals("token_logprobs"u8))
            {
                for (var more = JsonRead.IntoArray(ref reader, "token_logprobs"); more && JsonRead.NextItem(ref reader);)
                {
                    values.Add(JsonRead.NumberHere(ref reader, "token_logprobs"));
                }
            }
            else if (reader.ValueTextEquals("top_logprobs"u8))
            {
                for (var more = JsonRead.IntoArray(ref reader, "top_logprobs"); more && JsonRead.NextItem(ref reader);)
                {
                    top.Add(Alternatives(ref reader));
                }
            }
        }

        if (values.Count != texts.Count || (top.Count != 0 && top.Count != texts.Count))
        {
            throw new FormatException(
                $"logprobs: {texts.Count} tokens, {values.Count} log-probabilities and {top.Count} lists of alternatives don't match");
        }

        for (var i = 0; i < texts.Count; i++)
        {
            tokens.Add(new(texts[i], values[i], top.Count == 0 ? [] : top[i]));
        }
    }

    private static (string Token, double? Logprob, int[]? Bytes, IReadOnlyList<TokenAlternative> Alternatives) ReadToken(
        ref Utf8JsonReader reader)
    {
        JsonRead.ObjectHere(ref reader, "logprobs");
        string? token = null;
        double? logprob = null;
        int[]? bytes = null;
        IReadOnlyList<TokenAlternative> alternatives = [];
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("token"u8))
            {
                token = JsonRead.Text(ref reader, "token");
            }
            else if (reader.ValueTextEquals("logprob"u8))
            {
                logprob = JsonRead.Number(ref reader, "logprob");
            }
            else if (reader.ValueTextEquals("bytes"u8))
            {
                bytes = Bytes(ref reader);
            }
            else if (reader.ValueTextEquals("top_logprobs"u8))
            {
                alternatives = Top(ref reader);
            }
        }

        return (token ?? throw new FormatException("'token' is missing"), logprob, bytes, alternatives);
    }

    private static List<TokenAlternative> Top(ref Utf8JsonReader reader)
    {
        var alternatives = new List<TokenAlternative>();
        for (var more = JsonRead.IntoArray(ref reader, "top_logprobs"); more && JsonRead.NextItem(ref reader);)
        {
            var (token, logprob, bytes, _) = ReadToken(ref reader);
            alternatives.Add(new(token, logprob ?? throw new FormatException("'logprob' is missing")) { Bytes = bytes });
        }

        return alternatives;
    }

    private static List<TokenAlternative> Alternatives(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return [];
        }

        JsonRead.ObjectHere(ref reader, "top_logprobs");
        var alternatives = new List<TokenAlternative>();
        while (JsonRead.NextProperty(ref reader))
        {
            var token = reader.GetString()!;
            var logprob = JsonRead.Number(ref reader, "top_logprobs");
            alternatives.Add(new(token, logprob ?? throw new FormatException("a log-probability of 'top_logprobs' is null")));
        }

        // Stable: among equals the upstream's order stands.
        return [.. alternatives.OrderByDescending(alternative => alternative.Logprob)];
    }

    private static int[]? Bytes(ref Utf8JsonReader reader)
    {
        if (!JsonRead.IntoArray(ref reader, "bytes"))
        {
            return null;
        }

        var values = new List<int>();
        while (JsonRead.NextItem(ref reader))
        {
            values.Add(reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number)
                ? number
                : throw JsonRead.Unexpected("bytes", "numbers", reader.TokenType));
        }

        return [.. values];
    }
}
