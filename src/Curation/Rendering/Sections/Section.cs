namespace Tda.Curation.Rendering.Sections;

/// <summary>A numbered part of the page, with a heading that the contents link to.</summary>
internal static class Section
{
    public static readonly IReadOnlyList<(string Id, string Title)> All =
    [
        ("result", "Scorecard"),
        ("before-after", "Before and after"),
        ("change", "What became of the answers"),
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

    /// <summary>A number with its interval, if any, below it.</summary>
    public static void Figure(HtmlWriter h, double value, double[]? interval, string unit)
    {
        h.Text(Numbers.WithUnit(value, unit));
        Interval(h, interval, unit);
    }

    public static void Interval(HtmlWriter h, double[]? interval, string unit)
    {
        if (interval is [var low, var high])
        {
            h.Element("small", Numbers.Interval(low, high, unit));
        }
    }
}
