using System.Security.Cryptography;

namespace Tda.Curation.Rendering;

/// <summary>
/// The frame of every page that is one file and needs nothing else. Its content security policy allows its own style sheet, by hash, and
/// nothing more: no script, no image, no font, no connection, so that no text inside can do anything but be read.
/// </summary>
internal static class HtmlPage
{
    private static readonly string Css = LoadCss();

    /// <summary>The policy of every page.</summary>
    public static string ContentSecurityPolicy { get; } =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Css)))}'; base-uri 'none'; form-action 'none'";

    /// <summary>A whole page.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="body">Writes what stands in the body; the result is the element <c>main</c>.</param>
    public static string Render(string title, Action<HtmlWriter> body)
    {
        var h = new HtmlWriter();
        h.DocumentType();
        using (h.In("html", ("lang", "en")))
        {
            using (h.In("head"))
            {
                h.Empty("meta", ("charset", "utf-8"));
                h.Empty("meta", ("http-equiv", "Content-Security-Policy"), ("content", ContentSecurityPolicy));
                h.Empty("meta", ("name", "referrer"), ("content", "no-referrer"));
                h.Empty("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"));
                h.Empty("meta", ("name", "color-scheme"), ("content", "light dark"));
                h.PlainElement("title", title);
                h.Style(Css);
            }

            using (h.In("body"))
            {
                h.Element("a", "Skip to the result", ("class", "skip"), ("href", "#main"));
                body(h);
            }
        }

        h.Line();
        return h.ToString();
    }

    private static string LoadCss()
    {
        using var stream = typeof(HtmlPage).Assembly.GetManifestResourceStream("report.css")
            ?? throw new InvalidOperationException("The style sheet is missing from the assembly.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        // A checkout with CRLF would change what the browser hashes: its parser turns every line break into LF.
        return HouseStyle.Css + reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
