namespace Tda.Core.Text;

/// <summary>
/// Writes HTML in XML's syntax. Text and attribute values can only come in through methods that escape them, and hidden
/// characters come out spelt, so no content can break out of its place or turn the text around.
/// </summary>
public sealed class HtmlWriter
{
    private static readonly HashSet<string> Void = ["meta", "br", "hr", "rect", "line", "circle", "path", "polyline", "polygon", "col"];

    private readonly StringBuilder _html = new();
    private readonly Stack<string> _open = new();

    /// <summary>The document so far; every element must be closed.</summary>
    public override string ToString() =>
        _open.Count == 0 ? _html.ToString() : throw new InvalidOperationException($"<{_open.Peek()}> is still open.");

    /// <summary>Opens an element; dispose of the result to close it.</summary>
    public Scope In(string tag, params (string Name, string? Value)[] attributes)
    {
        Start(tag, attributes);
        _html.Append('>');
        _open.Push(tag);
        return new Scope(this);
    }

    /// <summary>An element with text, hidden characters marked.</summary>
    public void Element(string tag, string text, params (string Name, string? Value)[] attributes)
    {
        using (In(tag, attributes))
        {
            Text(text);
        }
    }

    /// <summary>An element that takes no markup inside, such as title; hidden characters are spelt in brackets.</summary>
    public void PlainElement(string tag, string text, params (string Name, string? Value)[] attributes)
    {
        using (In(tag, attributes))
        {
            _html.Append(Escape(VisibleText.Plain(text)));
        }
    }

    /// <summary>An element without content.</summary>
    public void Empty(string tag, params (string Name, string? Value)[] attributes)
    {
        Start(tag, attributes);
        if (Void.Contains(tag))
        {
            _html.Append("/>");
        }
        else
        {
            _html.Append("></").Append(tag).Append('>');
        }
    }

    /// <summary>Escaped text.</summary>
    public void Text(string text)
    {
        foreach (var run in VisibleText.Runs(text))
        {
            if (run.Hidden is { } label)
            {
                _html.Append("<span class=\"hidden-char\" title=\"hidden character\">").Append(label).Append("</span>");
            }
            else
            {
                _html.Append(Escape(run.Text));
            }
        }
    }

    /// <summary>A line break between elements.</summary>
    public void Line() => _html.Append('\n');

    /// <summary>Our own style sheet; refused where it could end its element.</summary>
    public void Style(string css)
    {
        if (css.AsSpan().ContainsAny('<', '&'))
        {
            throw new ArgumentException("A style sheet with < or & is not the same in HTML and XML.", nameof(css));
        }

        _html.Append("<style>").Append(css).Append("</style>");
    }

    /// <summary>The document type, before the first element.</summary>
    public void DocumentType() => _html.Append("<!DOCTYPE html>\n");

    /// <summary>A number for an attribute of a drawing.</summary>
    public static string Coordinate(double value) => Math.Round(value, 2).ToString(CultureInfo.InvariantCulture);

    /// <summary>Text that is safe between tags and in quoted attributes; hidden characters are spelt in brackets.</summary>
    public static string Escaped(string text) => Escape(VisibleText.Plain(text))
        .Replace("\"", "&quot;", StringComparison.Ordinal)
        .Replace("'", "&#39;", StringComparison.Ordinal);

    private static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal);

    private void Start(string tag, (string Name, string? Value)[] attributes)
    {
        _html.Append('<').Append(tag);
        foreach (var (name, value) in attributes)
        {
            if (value is null)
            {
                continue;
            }

            // An attribute's line breaks and tabs would be read as spaces.
            _html.Append(' ').Append(name).Append("=\"")
                .Append(Escaped(value).Replace("\n", "&#10;", StringComparison.Ordinal).Replace("\t", "&#9;", StringComparison.Ordinal))
                .Append('"');
        }
    }

    private void Close() => _html.Append("</").Append(_open.Pop()).Append('>');

    /// <summary>Closes the element that it stands for.</summary>
    public readonly struct Scope(HtmlWriter writer) : IDisposable
    {
        public void Dispose() => writer.Close();
    }
}
