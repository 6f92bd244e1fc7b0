using Tda.Curation.Measures;

namespace Tda.Curation.Rendering.Sections;

/// <summary>A numbered part of the page, with a heading that the contents link to.</summary>
internal static class Section
{
    public static readonly IReadOnlyList<(string Id, string Title)> All =
    [
        ("result", "Scorecard"),
        ("before-after", "Before and after"),
        ("curve", "Harm against fluency"),
        ("sources", "Sources"),
        ("documents", "Documents and tokens"),
        ("answers", "Example answers"),
        ("provenance", "How it was made"),
    ];

    public static HtmlWriter.Scope In(HtmlWriter h, string id)
    {
        var title = All.Single(s => s.Id == id).Title;
        var scope = h.In("section", ("id", id), ("aria-labelledby", id + "-title"));
        h.Element("h2", title, ("id", id + "-title"));
        return scope;
    }

    /// <summary>Says what the run does not have, and how to get it.</summary>
    public static void Missing(HtmlWriter h, string what) => h.Element("p", what, ("class", "missing"));
}

/// <summary>"Met" and "not met", by word and sign as well as colour.</summary>
internal static class Judgement
{
    public static void Badge(HtmlWriter h, bool? met)
    {
        var (css, sign, word) = met switch
        {
            true => ("badge met", "✓", "met"),
            false => ("badge missed", "✗", "not met"),
            null => ("badge none", "–", "not asked"),
        };
        using (h.In("span", ("class", css)))
        {
            h.Element("span", sign, ("aria-hidden", "true"));
            h.Text(" " + word);
        }
    }

    public static string Limit(ScorecardLine line, double? limit) => limit is not { } value
        ? "–"
        : line.Direction switch
        {
            Direction.AtLeast => "at least ",
            Direction.AtMost => "at most ",
            _ => "exactly ",
        } + Numbers.Limit(value, line.Unit);
}
