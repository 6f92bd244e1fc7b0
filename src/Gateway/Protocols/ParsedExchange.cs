namespace Tda.Gateway.Protocols;

/// <summary>What could be read of an exchange. Filled piece by piece, so that a malformed part leaves the parts before it.</summary>
internal sealed class ParsedExchange
{
    private const int MostErrors = 2;
    private List<TokenLogprob>? _logprobs;
    private int _errors;

    public string? Model { get; set; }

    public string? Prompt { get; set; }

    public IReadOnlyList<ChatMessage>? Messages { get; set; }

    /// <summary>The response's text.</summary>
    public TextBuilder Text { get; } = new();

    /// <summary>What the model said before its answer.</summary>
    public TextBuilder Reasoning { get; } = new();

    public string? ToolCalls { get; set; }

    public string? FinishReason { get; set; }

    public IReadOnlyList<TokenLogprob>? Logprobs => _logprobs;

    public Usage? Usage { get; set; }

    /// <summary>Where in the body the first event with content begins; null when unknown.</summary>
    public long? FirstContentOffset { get; set; }

    /// <summary>Whether a stream ended before its end; only known for routes with a parser.</summary>
    public bool StreamCut { get; set; }

    /// <summary>Whether an error came as an event of the stream.</summary>
    public bool StreamError { get; set; }

    /// <summary>What could not be read; null when all could.</summary>
    public string? Error { get; private set; }

    /// <summary>Where log-probabilities are added; asking for it says that there are some.</summary>
    public List<TokenLogprob> AddLogprobs() => _logprobs ??= [];

    /// <summary>Notes an error; the first two stand, more would only repeat them.</summary>
    public void AddError(string error)
    {
        if (_errors < MostErrors)
        {
            Error = Error is null ? error : $"{Error}; {error}";
        }

        _errors++;
    }
}

/// <summary>A text that comes in pieces; null until the first one, however short, has come.</summary>
internal sealed class TextBuilder
{
    private const int First = 256;

    private string? _only;
    private char[] _characters = [];
    private int _length;

    /// <summary>Whether bytes that are no UTF-8 were replaced by U+FFFD.</summary>
    public bool Repaired { get; private set; }

    /// <summary>The text so far.</summary>
    public string? Text => _length > 0 ? new string(_characters, 0, _length) : _only;

    /// <summary>Adds a piece.</summary>
    public void Append(string piece)
    {
        if (!TryKeepAlone(piece))
        {
            Spill(piece.Length);
            piece.CopyTo(_characters.AsSpan(_length));
            _length += piece.Length;
        }
    }

    /// <summary>Adds the JSON string that the reader stands on, and says whether it holds anything.</summary>
    /// <exception cref="InvalidOperationException">The string's escapes are no valid text (a lone surrogate).</exception>
    public bool Append(ref Utf8JsonReader reader)
    {
        if (_only is null && _length == 0)
        {
            return TryKeepAlone(Read(ref reader)) && _only is { Length: > 0 };
        }

        Spill(reader.ValueSpan.Length);
        var before = _length;
        try
        {
            _length += reader.CopyString(_characters.AsSpan(_length));
        }
        catch (InvalidOperationException) when (!reader.ValueIsEscaped)
        {
            _length += Repair(reader.ValueSpan, _characters.AsSpan(_length));
        }

        return _length > before;
    }

    /// <summary>As the other, for the value that the reader stands on: null adds nothing, any other kind is an error by name.</summary>
    public bool Append(ref Utf8JsonReader reader, string name) => reader.TokenType switch
    {
        JsonTokenType.Null => false,
        JsonTokenType.String => Append(ref reader),
        _ => throw JsonRead.Unexpected(name, "a string", reader.TokenType),
    };

    private string Read(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException) when (!reader.ValueIsEscaped)
        {
            // A model cut inside a character, say: what can be read of its text is worth more than none.
            Repaired = true;
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }
    }

    private int Repair(ReadOnlySpan<byte> bytes, Span<char> characters)
    {
        Repaired = true;
        return Encoding.UTF8.GetChars(bytes, characters);
    }

    // A plain answer is one piece: no buffer, no copy.
    private bool TryKeepAlone(string piece)
    {
        if (_only is not null || _length > 0)
        {
            return false;
        }

        _only = piece;
        return true;
    }

    /// <summary>Makes room; a byte of UTF-8 never becomes more than one character.</summary>
    private void Spill(int more)
    {
        var kept = _only is { Length: > 0 } only && _length == 0 ? only : "";
        var needed = _length + kept.Length + more;
        if (needed > _characters.Length)
        {
            Array.Resize(ref _characters, Math.Max(First, Math.Max(needed, 2 * _characters.Length)));
        }

        if (kept.Length > 0)
        {
            kept.CopyTo(_characters);
            _length = kept.Length;
            _only = "";
        }
    }
}
