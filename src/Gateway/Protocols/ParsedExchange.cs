namespace Tda.Gateway.Protocols;

/// <summary>What could be read of an exchange. Filled piece by piece, so that a malformed part leaves the parts before it.</summary>
internal sealed class ParsedExchange
{
    private readonly List<string> _errors = [];

    public string? Model { get; set; }

    public string? Prompt { get; set; }

    public IReadOnlyList<ChatMessage>? Messages { get; set; }

    /// <summary>The response's text.</summary>
    public TextBuilder Text { get; } = new();

    /// <summary>What the model said before its answer.</summary>
    public TextBuilder Reasoning { get; } = new();

    public string? ToolCalls { get; set; }

    public string? FinishReason { get; set; }

    public List<TokenLogprob>? Logprobs { get; set; }

    public Usage? Usage { get; set; }

    /// <summary>Where in the body the first event with content begins; null when unknown.</summary>
    public long? FirstContentOffset { get; set; }

    /// <summary>Whether a stream ended before its end; only known for routes with a parser.</summary>
    public bool StreamCut { get; set; }

    /// <summary>Whether an error came as an event of the stream.</summary>
    public bool StreamError { get; set; }

    /// <summary>What could not be read; null when all could.</summary>
    public string? Error => _errors.Count == 0 ? null : string.Join("; ", _errors);

    /// <summary>Notes an error; the first two stand, more would only repeat them.</summary>
    public void AddError(string error)
    {
        if (_errors.Count < 2)
        {
            _errors.Add(error);
        }
    }
}

/// <summary>A text that comes in pieces; null until the first one, however short, has come.</summary>
internal sealed class TextBuilder
{
    private StringBuilder? _text;

    /// <summary>Whether bytes that are no UTF-8 were replaced by U+FFFD.</summary>
    public bool Repaired { get; private set; }

    /// <summary>The text so far.</summary>
    public string? Text => _text?.ToString();

    /// <summary>Adds a piece, and says whether it holds anything.</summary>
    public bool Append(string piece)
    {
        (_text ??= new()).Append(piece);
        return piece.Length > 0;
    }

    /// <summary>Adds the JSON string that the reader stands on, and says whether it holds anything.</summary>
    /// <exception cref="InvalidOperationException">The string's escapes are no valid text (a lone surrogate).</exception>
    public bool Append(ref Utf8JsonReader reader)
    {
        try
        {
            return Append(reader.GetString()!);
        }
        catch (InvalidOperationException) when (!reader.ValueIsEscaped)
        {
            // A model cut inside a character, say: what can be read of its text is worth more than none.
            Repaired = true;
            return Append(Encoding.UTF8.GetString(reader.ValueSpan));
        }
    }

    /// <summary>As the other, for the property that the reader stands on: null adds nothing, any other kind is an error by name.</summary>
    public bool Append(ref Utf8JsonReader reader, string name)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.Null => false,
            JsonTokenType.String => Append(ref reader),
            _ => throw JsonRead.Unexpected(name, "a string", reader.TokenType),
        };
    }
}
