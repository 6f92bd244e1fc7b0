using System.Security.Cryptography;
using Tda.Curation.Rendering.Sections;
using Tda.Curation.Reports;

namespace Tda.Curation.Rendering;

/// <summary>
/// report.html: one file that needs nothing else. Its content security policy allows its own style sheet, by hash, and
/// nothing more: no script, no image, no font, no connection, so that no text inside can do anything but be read.
/// </summary>
public static class ReportPage
{
    private static readonly string Css = LoadCss();

    /// <summary>The policy of every page.</summary>
    public static string ContentSecurityPolicy { get; } =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Css)))}'; base-uri 'none'; form-action 'none'";

    public static string Render(ReportModel model)
    {
        var h = new HtmlWriter();
        h.DocumentType();
        using (h.In("html", ("lang", "en")))
        {
            Head(h, model);
            Body(h, model);
        }

        h.Line();
        return h.ToString();
    }

    private static void Head(HtmlWriter h, ReportModel model)
    {
        using var head = h.In("head");
        h.Empty("meta", ("charset", "utf-8"));
        h.Empty("meta", ("http-equiv", "Content-Security-Policy"), ("content", ContentSecurityPolicy));
        h.Empty("meta", ("name", "referrer"), ("content", "no-referrer"));
        h.Empty("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"));
        h.Empty("meta", ("name", "color-scheme"), ("content", "light dark"));
        h.PlainElement("title", $"{model.Title} – Tda report");
        h.Style(Css);
    }

    private static void Body(HtmlWriter h, ReportModel model)
    {
        using var body = h.In("body");
        h.Element("a", "Skip to the result", ("class", "skip"), ("href", "#result"));
        HeaderSection.Write(h, model);
        using (h.In("main", ("id", "main")))
        {
            ScorecardSection.Write(h, model);
            ComparisonSection.Write(h, model);
            ChangeSection.Write(h, model);
            CurveSection.Write(h, model);
            SourcesSection.Write(h, model);
            DocumentsSection.Write(h, model);
            AnswersSection.Write(h, model);
            ProvenanceSection.Write(h, model);
        }

        using var footer = h.In("footer");
        h.Element("p", $"Made by Tda {model.ProgramVersion} on {model.CreatedAt:yyyy-MM-dd HH:mm} UTC. This file is complete in itself: it loads nothing and runs no script.");
    }

    private static string LoadCss()
    {
        using var stream = typeof(ReportPage).Assembly.GetManifestResourceStream("report.css")
            ?? throw new InvalidOperationException("The style sheet is missing from the assembly.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        // A checkout with CRLF would change what the browser hashes: its parser turns every line break into LF.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
