namespace Tda.ProxyTrainer.Tokenization.SentencePiece;

/// <summary>
/// SentencePiece's byte-pair encoding with byte fallback, as Llama 2 and Mistral have it: spaces become U+2581, one is put in front
/// (<see cref="SentencePieceRules"/>), characters are merged by rank, and a character that isn't in the vocabulary becomes a token for
/// each byte of its UTF-8.
/// </summary>
/// <remarks>
/// Where the rules put a space in front only of texts that don't begin with one, both texts have the same tokens, and the
/// space is lost in what comes back; so is the difference between U+2581 and a space. A lone surrogate comes back as U+FFFD.
/// </remarks>
public sealed class SentencePieceBpe : ModelTokenizer
{
    private readonly SentencePieceRules _rules;
    private readonly MergeTable _merges;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly int[] _byteIds = new int[256];

    internal SentencePieceBpe(BpeVocabulary vocabulary, SentencePieceRules rules)
        : base(vocabulary)
    {
        _rules = rules;
        _merges = new(vocabulary.Merges);
        for (var id = 0; id < vocabulary.Count; id++)
        {
            if (!vocabulary.IsSpecial(id))
            {
                _ids[vocabulary.Token(id)] = id;
            }
        }

        for (var b = 0; b < 256; b++)
        {
            _byteIds[b] = _ids[ByteToken((byte)b)];
        }

        Hash = Hashing.Sha256(Encoding.UTF8.GetBytes(vocabulary.Hash() + rules.Canonical()));
    }

    public override string Hash { get; }

    public override void Save(string path) => TokenizerFile.Write(path, Vocabulary, _rules.Parts);

    public override int[] Encode(string text) => [.. EncodeWithSpans(text).Select(token => token.Id)];

    /// <inheritdoc/>
    /// <remarks>The space in front stands with the first character.</remarks>
    public override TokenSpan[] EncodeWithSpans(string text) => Spans(text, atFirst: true);

    /// <summary>The text, without the space that was put in front.</summary>
    public override string Decode(ReadOnlySpan<int> ids)
    {
        var text = Encoding.UTF8.GetString(DecodeBytes(ids));
        return _rules.Prefix != SpacePrefix.Never && text.StartsWith(' ') ? text[1..] : text;
    }

    private protected override int[] EncodePart(string text, bool atFirst) => [.. Spans(text, atFirst).Select(token => token.Id)];

    /// <summary>How a vocabulary writes a byte.</summary>
    internal static string ByteToken(byte value) => $"<0x{value:X2}>";

    /// <summary>What a token stands for: its byte, or its text.</summary>
    internal static byte[] BytesOf(string token) =>
        token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            && token == ByteToken(value)
            ? [value]
            : Encoding.UTF8.GetBytes(token.Replace(SentencePieceRules.Space, ' '));

    private TokenSpan[] Spans(string text, bool atFirst)
    {
        var spans = new List<TokenSpan>(text.Length / 3 + 4);
        var symbols = Symbols(text, atFirst);
        for (int start = 0, end; start < symbols.Count; start = end)
        {
            end = start + 1;
            while (end < symbols.Count && !(_rules.Words && symbols[end].Text[0] == SentencePieceRules.Space))
            {
                end++;
            }

            Merge(symbols.GetRange(start, end - start), spans);
        }

        return [.. spans];
    }

    /// <summary>The characters as the vocabulary writes them, with their places in the text.</summary>
    private List<(string Text, int Start, int End)> Symbols(string text, bool atFirst)
    {
        var symbols = new List<(string Text, int Start, int End)>(text.Length + 1);
        for (var at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length);
            var written = rune.Value == ' ' ? SentencePieceRules.Space.ToString() : rune.ToString();
            if (at == 0 && PutsInFront(written, atFirst))
            {
                symbols.Add((SentencePieceRules.Space.ToString(), 0, length));
            }

            symbols.Add((written, at, at + length));
            at += length;
        }

        return symbols;
    }

    private bool PutsInFront(string first, bool atFirst) => _rules.Prefix switch
    {
        SpacePrefix.Always => true,
        SpacePrefix.UnlessThere => first[0] != SentencePieceRules.Space,
        SpacePrefix.UnlessThereAtFirst => atFirst && first[0] != SentencePieceRules.Space,
        _ => false,
    };

    private void Merge(List<(string Text, int Start, int End)> symbols, List<TokenSpan> spans)
    {
        if (_rules.Parts.WholeWords && _ids.TryGetValue(string.Concat(symbols.Select(symbol => symbol.Text)), out var whole))
        {
            spans.Add(new TokenSpan(whole, symbols[0].Start, symbols[^1].End));
            return;
        }

        var ids = new List<int>(symbols.Count);
        var places = new List<(int Start, int End)>(symbols.Count);
        foreach (var (text, start, end) in symbols)
        {
            foreach (var id in _ids.TryGetValue(text, out var known) ? [known] : Encoding.UTF8.GetBytes(text).Select(b => _byteIds[b]))
            {
                ids.Add(id);
                places.Add((start, end));
            }
        }

        int[] merged = [.. ids];
        _merges.Apply(merged);
        for (int first = 0, next; first < merged.Length; first = next)
        {
            next = first + 1;
            while (next < merged.Length && merged[next] < 0)
            {
                next++;
            }

            spans.Add(new TokenSpan(merged[first], places[first].Start, places[next - 1].End));
        }
    }
}
