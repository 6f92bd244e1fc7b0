
namespace Tda.Gateway.Redaction.Views;

/// <summary>
/// Looks for secrets in a body as it stands, with its escapes resolved, and in the texts that its events make up. Used by one
/// caller at a time.
/// </summary>
internal sealed class SecretSearch
{
    // A secret in a URL in a tool call's arguments in JSON has three layers of escapes.
    private const int MaxLayers = 4;

    private readonly SecretSpans _spans = new();
    private readonly List<(int At, byte Letter)> _softened = [];
    private readonly TextView[] _layers = [new(), new(), new(), new()];
    private bool _decoding;

    /// <summary>What was found, as ranges of the body.</summary>
    public RawRanges Ranges { get; } = new();

    /// <summary>The texts of the body's events or tokens.</summary>
    public StreamTexts Texts { get; } = new();

    /// <summary>The memory that its lists took, all searches together.</summary>
    public long Taken { get; set; }

    /// <summary>Searches a body; what it finds stands in <see cref="Ranges"/>.</summary>
    public void Run(Span<byte> body, BodyKind kind, TextScanner scanner, IReadOnlyList<ISecretDetector> others)
    {
        Clear();

        // 1. As it stands. Patterns may look for quotes, so for them no quote may be doubled.
        var soften = kind != BodyKind.Other && others.Count == 0;
        bool escapes;
        try
        {
            escapes = !soften || Escapes.Soften(body, _softened);
            Scan(body, scanner, others);
        }
        finally
        {
            Escapes.Restore(body, _softened);
        }

        for (var i = 0; i < _spans.Count; i++)
        {
            var (start, end, name) = _spans[i];

            // In JSON a match that begins inside an escape ("\u0020bob@…") is seen right in step 2.
            if (kind == BodyKind.Other || start == 0 || body[start - 1] != '\\')
            {
                Ranges.Begin();
                Ranges.Add(start, end);
                Ranges.End(name);
            }
        }

        ScanEncoded(body, null, 0, scanner, others);
        ScanWide(body, null, 0, scanner, others);

        // 2. With its escapes resolved.
        for (var escape = escapes ? Escapes.Next(body, 0, soften) : body.Length; escape < body.Length;)
        {
            _layers[0].Reset(null);
            escape = Escapes.DecodeNear(body, escape, soften, _layers[0]);
            Scan(_layers[0], 1, scanner, others);
        }

        // 3. The texts in pieces.
        switch (kind)
        {
            case BodyKind.Events:
                Texts.AddEvents(body);
                break;
            case BodyKind.Lines:
                Texts.AddLines(body);
                break;
            case BodyKind.Messages:
                Texts.AddMessages(body);
                break;
            case BodyKind.Json when body.TrimStart(" \r\n\t"u8) is [(byte)'[', ..]:
                Texts.AddItems(body);
                break;
            case BodyKind.Json when body.IndexOf("\"token"u8) >= 0:
                Texts.AddTokens(body);
                break;
        }

        if (kind == BodyKind.Json)
        {
            Texts.AddParts(body);
        }

        for (var i = 0; i < Texts.Count; i++)
        {
            Scan(Texts[i], 1, scanner, others);
        }
    }

    /// <summary>Forgets all of the body.</summary>
    public void Clear()
    {
        Ranges.Clear();
        Texts.Clear();
        foreach (var layer in _layers)
        {
            layer.Reset(null);
        }
    }

    private void Scan(TextView view, int layer, TextScanner scanner, IReadOnlyList<ISecretDetector> others)
    {
        Scan(view.Text, scanner, others);
        for (var i = 0; i < _spans.Count; i++)
        {
            var (start, end, name) = _spans[i];
            Ranges.Begin();
            view.AddSources(start, end, Ranges);
            Ranges.End(_decoding ? Masks.Base64 : name, everyRange: _decoding);
        }

        ScanEncoded(view.Text, view, layer, scanner, others);
        ScanWide(view.Text, view, layer, scanner, others);
        if (layer < MaxLayers && Escapes.Next(view.Text, 0) < view.Length)
        {
            var deeper = _layers[layer];
            deeper.Reset(view);
            Escapes.Decode(view.Text, 0, view.Length, deeper);
            Scan(deeper, layer + 1, scanner, others);
        }
    }

    /// <summary>Scans what runs of base64 stand for; once, since base64 of base64 nobody sends.</summary>
    private void ScanEncoded(ReadOnlySpan<byte> text, TextView? view, int layer, TextScanner scanner, IReadOnlyList<ISecretDetector> others)
    {
        if (_spans.Encoded.Count == 0 || _decoding || layer >= MaxLayers)
        {
            return;
        }

        _decoding = true;
        Span<byte> decoded = stackalloc byte[3];
        foreach (var (start, end) in _spans.Encoded.ToArray())
        {
            var deeper = _layers[layer];
            deeper.Reset(view);
            for (var at = start; at < end;)
            {
                var from = at;
                var count = EncodedText.Decode(text, ref at, end, decoded);
                deeper.AppendDecoded(decoded[..count], from, at);
            }

            Scan(deeper, layer + 1, scanner, others);
        }

        _decoding = false;
    }

    /// <summary>Scans text in UTF-16: letters of ASCII with a zero beside each, of which only the letters are masked.</summary>
    private void ScanWide(ReadOnlySpan<byte> text, TextView? view, int layer, TextScanner scanner, IReadOnlyList<ISecretDetector> others)
    {
        var zero = text.IndexOf((byte)0);
        if (zero < 0 || layer >= MaxLayers)
        {
            return;
        }

        var deeper = _layers[layer];
        deeper.Reset(view);
        for (var at = Math.Max(0, zero - 1); at < text.Length; at++)
        {
            var wide = text[at] != 0 && ((at > 0 && text[at - 1] == 0) || (at + 1 < text.Length && text[at + 1] == 0));
            if (wide)
            {
                deeper.AppendDecoded(text.Slice(at, 1), at, at + 1);
            }
            else if (text[at] != 0)
            {
                // Whatever is no wide letter divides what stands before it from what stands behind.
                deeper.AppendDecoded("\n"u8, at, at + 1);
            }
        }

        Scan(deeper, layer + 1, scanner, others);
    }

    private void Scan(ReadOnlySpan<byte> text, TextScanner scanner, IReadOnlyList<ISecretDetector> others)
    {
        _spans.Clear();
        scanner.Find(text, _spans);
        for (var i = 0; i < others.Count; i++)
        {
            var before = _spans.Count;
            _spans.By(others[i].Name);
            others[i].Find(text, _spans);
            _spans.Tidy(before, text);
        }
    }
}

/// <summary>What a body is, as far as masks must know.</summary>
internal enum BodyKind
{
    /// <summary>Text without rules, or no text.</summary>
    Other,

    /// <summary>JSON, which must stay readable.</summary>
    Json,

    /// <summary>Server-sent events.</summary>
    Events,

    /// <summary>Lines of JSON, each an event of a stream.</summary>
    Lines,

    /// <summary>Events in Amazon's encoding.</summary>
    Messages,
}
