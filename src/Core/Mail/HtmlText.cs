using System.Text;
using HtmlAgilityPack;

namespace Tda.Core.Mail;

/// <summary>The text that a reader of an HTML page sees, with line breaks where blocks begin and end.</summary>
public static class HtmlText
{
    private static readonly HashSet<string> Hidden = new(StringComparer.OrdinalIgnoreCase)
    {
        // Not "head": one that is never closed holds the whole page.
        "script", "style", "title", "noscript", "template", "object", "applet", "select",
    };

    private static readonly HashSet<string> Blocks = new(StringComparer.OrdinalIgnoreCase)
    {
        "address", "article", "aside", "blockquote", "body", "br", "center", "dd", "div", "dl", "dt", "fieldset", "footer", "form",
        "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tr", "ul",
    };

    /// <summary>The parser's time grows with the square of the depth; real pages, unclosed tags and all, stay far below.</summary>
    private const int MaximumDepth = 1000;

    /// <summary>What isn't HTML comes out as the text it is.</summary>
    /// <exception cref="MailFormatException">Tags nested so deeply that the page was made to exhaust its reader.</exception>
    public static string Extract(string html)
    {
        var document = Parse(html);
        var text = new StringBuilder();

        // A stack of our own: mails nest thousands of unclosed tags, which recursion would not survive.
        var pending = new Stack<(HtmlNode? Node, string Break)>();
        pending.Push((document.DocumentNode, string.Empty));
        while (pending.TryPop(out var next))
        {
            text.Append(next.Break);
            if (next.Node is HtmlTextNode leaf)
            {
                text.Append(CollapseSpace(HtmlEntity.DeEntitize(leaf.Text)));
            }
            else if (next.Node is not null and not HtmlCommentNode && !Hidden.Contains(next.Node.Name))
            {
                PushChildren(next.Node, pending);
            }
        }

        return TextLines.Tidy(text.ToString(), collapseSpace: true);
    }

    private static HtmlDocument Parse(string html)
    {
        var document = new HtmlDocument { OptionMaxNestedChildNodes = MaximumDepth };
        try
        {
            document.LoadHtml(html);
            return document;
        }
        catch (Exception error) when (error.GetType() == typeof(Exception))
        {
            // The parser has no type of its own for this, its only failure.
            throw new MailFormatException("a page with tags nested too deeply", error);
        }
    }

    private static void PushChildren(HtmlNode node, Stack<(HtmlNode? Node, string Break)> pending)
    {
        var edge = Blocks.Contains(node.Name) ? "\n" : node.Name is "td" or "th" ? " " : string.Empty;
        pending.Push((null, edge));
        for (var child = node.LastChild; child is not null; child = child.PreviousSibling)
        {
            pending.Push((child, string.Empty));
        }

        pending.Push((null, edge));
    }

    private static string CollapseSpace(string text)
    {
        var collapsed = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            var space = character is ' ' or '\t' or '\r' or '\n' or '\u00a0';
            if (!space)
            {
                collapsed.Append(character);
            }
            else if (collapsed.Length == 0 || collapsed[^1] != ' ')
            {
                collapsed.Append(' ');
            }
        }

        return collapsed.ToString();
    }
}
