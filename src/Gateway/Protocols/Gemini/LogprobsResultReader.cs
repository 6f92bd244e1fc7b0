namespace Tda.Gateway.Protocols.Gemini;

/// <summary>
/// Reads a candidate's <c>logprobsResult</c>: <c>{"chosenCandidates": [{"token", "logProbability"}], "topCandidates": [{"candidates": [...]}]}</c>,
/// of which a stream's chunks bring a part each.
/// </summary>
internal static class LogprobsResultReader
{
    /// <summary>Adds the tokens of the object that the reader stands in.</summary>
    public static void Read(ref Utf8JsonReader reader, List<TokenLogprob> tokens)
    {
        var chosen = new List<(string Token, double? Logprob)>();
        var top = new List<List<TokenAlternative>>();
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("chosenCandidates"u8))
            {
                for (var more = JsonRead.IntoArray(ref reader, "chosenCandidates"); more && JsonRead.NextItem(ref reader);)
                {
                    chosen.Add(ReadCandidate(ref reader));
                }
            }
            else if (reader.ValueTextEquals("topCandidates"u8))
            {
                for (var more = JsonRead.IntoArray(ref reader, "topCandidates"); more && JsonRead.NextItem(ref reader);)
                {
                    top.Add(ReadAlternatives(ref reader));
                }
            }
        }

        if (top.Count != 0 && top.Count != chosen.Count)
        {
            throw new FormatException($"logprobsResult: {chosen.Count} tokens and {top.Count} lists of alternatives don't match");
        }

        for (var i = 0; i < chosen.Count; i++)
        {
            tokens.Add(new(chosen[i].Token, chosen[i].Logprob, top.Count == 0 ? [] : top[i]));
        }
    }

    private static List<TokenAlternative> ReadAlternatives(ref Utf8JsonReader reader)
    {
        JsonRead.ObjectHere(ref reader, "topCandidates");
        var alternatives = new List<TokenAlternative>();
        while (JsonRead.NextProperty(ref reader))
        {
            if (!reader.ValueTextEquals("candidates"u8))
            {
                continue;
            }

            for (var more = JsonRead.IntoArray(ref reader, "candidates"); more && JsonRead.NextItem(ref reader);)
            {
                var (token, logprob) = ReadCandidate(ref reader);
                alternatives.Add(new(token, logprob ?? throw new FormatException("'logProbability' is missing")));
            }
        }

        return alternatives;
    }

    private static (string Token, double? Logprob) ReadCandidate(ref Utf8JsonReader reader)
    {
        JsonRead.ObjectHere(ref reader, "chosenCandidates");
        string? token = null;
        double? logprob = null;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("token"u8))
            {
                token = JsonRead.Text(ref reader, "token");
            }
            else if (reader.ValueTextEquals("logProbability"u8))
            {
                logprob = JsonRead.Number(ref reader, "logProbability");
            }
        }

        return (token ?? throw new FormatException("'token' is missing"), logprob);
    }
}
