using Tda.Gateway.Redaction.Detection;

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

    /// <summary>What was found, as ranges of the body.</summary>
    public RawRanges Ranges { get; } = new();

    /// <summary>The texts of the body's events or tokens.</summary>
    public StreamTexts Texts { get; } = new();

    /// <summary>Searches a body; what it finds stands in <see cref="Ranges"/>.</summary>
    public void Run(Span<byte> body, BodyKind kind, TextScanner scanner, IReadOnlyList<ISecretDetector> others)
    {
        Clear();

        // 1. As it stands. Patterns may look for quotes, so for them no quote may be doubled.
        var soften = kind != BodyKind.Other && others.Count == 0;
        var escapes = !soften || Escapes.Soften(body, _softened);
        Scan(body, scanner, others);
        Escapes.Restore(body, _softened);
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

        // 2. With its escapes resolved.
        for (var escape = escapes ? Escapes.Next(body, 0, soften) : body.Length; escape < body.Length;)
        {
            _layers[0].Reset(null);
            escape = Escapes.DecodeNear(body, escape, soften, _layers[0]);
            Scan(_layers[0], 1, scanner, others);
        }

        // 3. The texts in pieces.
        if (kind == BodyKind.Events)
        {
            Texts.AddEvents(body);
        }
        else if (kind == BodyKind.Json && body.IndexOf("\"token"u8) >= 0)
        {
            Texts.AddTokens(body);
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
            Ranges.End(name);
        }

        if (layer < MaxLayers && Escapes.Next(view.Text, 0) < view.Length)
        {
            var deeper = _layers[layer];
            deeper.Reset(view);
            Escapes.Decode(view.Text, 0, view.Length, deeper);
            Scan(deeper, layer + 1, scanner, others);
        }
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
}
