using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace Tda.Curation.Formats;

/// <summary>The text that a reader of an HTML page sees, with line breaks where blocks begin and end.</summary>
public static partial class HtmlText
{
    private static readonly HashSet<string> Hidden = new(StringComparer.OrdinalIgnoreCase)
    {
        "head", "script", "style", "title", "noscript", "template", "object", "applet", "select",
        "iframe", "noframes", "noembed", // their content is for programs that can't show them
    };

    private static readonly HashSet<string> Blocks = new(StringComparer.OrdinalIgnoreCase)
    {
        "address", "article", "aside", "blockquote", "body", "br", "center", "dd", "div", "dl", "dt", "fieldset", "footer", "form",
        "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tr", "ul",
    };

    /// <summary>Tags that hold nothing, or that the next of their kind closes.</summary>
    private static readonly HashSet<string> Unnested = new(StringComparer.OrdinalIgnoreCase)
    {
        "area", "base", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta", "param", "wbr",
        "dd", "dt", "li", "option", "p", "td", "th", "tr",
    };

    /// <summary>The parser's time grows with the square of the depth; real pages, unclosed tags and all, stay far below.</summary>
    private const int MaximumDepth = 1000;

    /// <summary>What isn't HTML comes out as the text it is.</summary>
    /// <exception cref="MailFormatException">Tags nested so deeply that the page was made to exhaust its reader.</exception>
    public static string Extract(string html)
    {
        RequireShallow(html);
        using var document = new HtmlParser().ParseDocument(html);
        var text = new StringBuilder();

        // A stack of our own: mails nest thousands of unclosed tags, which recursion would not survive.
        var pending = new Stack<(INode? Node, string Break)>();
        pending.Push((document, string.Empty));
        while (pending.TryPop(out var next))
        {
            text.Append(next.Break);
            if (next.Node is IText leaf)
            {
                // Only the text's own line breaks: those of blocks stay. Repeated space goes at the end.
                text.AppendJoin(' ', leaf.Data.Split('\t', '\r', '\n', '\u00a0'));
            }
            else if (next.Node is IDocument or IElement && !Hidden.Contains(next.Node.NodeName))
            {
                PushChildren(next.Node, pending);
            }
        }

        return TextLines.Tidy(text.ToString(), collapseSpace: true);
    }

    private static void PushChildren(INode node, Stack<(INode? Node, string Break)> pending)
    {
        var edge = Blocks.Contains(node.NodeName) ? "\n" : node.NodeName is "TD" or "TH" ? " " : string.Empty;
        pending.Push((null, edge));
        for (var child = node.LastChild; child is not null; child = child.PreviousSibling)
        {
            pending.Push((child, string.Empty));
        }

        pending.Push((null, edge));
    }

    /// <summary>Counts open tags before the parser meets them: it would take minutes over a page that nests a hundred thousand.</summary>
    private static void RequireShallow(string html)
    {
        var depth = 0;
        foreach (var tag in Tag().EnumerateMatches(html))
        {
            var closes = html[tag.Index + 1] == '/';
            if (!closes && Unnested.Contains(html.Substring(tag.Index + 1, tag.Length - 1)))
            {
                continue;
            }

            depth = Math.Max(0, depth + (closes ? -1 : 1));
            if (depth > MaximumDepth)
            {
                throw new MailFormatException("a page with tags nested too deeply");
            }
        }
    }

    [GeneratedRegex("</?[a-zA-Z][a-zA-Z0-9]*")]
    private static partial Regex Tag();
}

/// <summary>Tidies text: line feeds only, no space at line ends, no control characters, at most one empty line in a row.</summary>
internal static class TextLines
{
    /// <param name="text">Any text.</param>
    /// <param name="collapseSpace">Whether space inside lines is also reduced to one, as in HTML.</param>
    public static string Tidy(string text, bool collapseSpace = false)
    {
        var tidy = new StringBuilder(text.Length);
        var empty = 1; // no empty lines at the start
        foreach (var raw in text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').AsSpan().EnumerateLines())
        {
            var line = Clean(raw, collapseSpace);
            empty = line.Length == 0 ? empty + 1 : 0;
            if (empty <= 1)
            {
                tidy.Append(line).Append('\n');
            }
        }

        return tidy.ToString().TrimEnd();
    }

    private static string Clean(ReadOnlySpan<char> line, bool collapseSpace)
    {
        var clean = new StringBuilder(line.Length);
        foreach (var character in line)
        {
            var drop = (char.IsControl(character) && character != '\t') || character is '\ufeff' or '\u00ad';
            var repeated = collapseSpace && character == ' ' && (clean.Length == 0 || clean[^1] == ' ');
            if (!drop && !repeated)
            {
                clean.Append(character);
            }
        }

        return clean.ToString().TrimEnd();
    }
}
