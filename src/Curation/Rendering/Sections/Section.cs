using Tda.Curation.Reports;

namespace Tda.Curation.Rendering.Sections;

/// <summary>A part of the page, with a heading that the contents link to. A part without content isn't there.</summary>
/// <param name="Id">Its anchor.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Has">Whether a report has content for it.</param>
/// <param name="Body">Writes what stands below the heading.</param>
internal sealed record Section(string Id, string Title, Func<ReportModel, bool> Has, Action<HtmlWriter, ReportModel> Body)
{
    /// <summary>The question that the parts below it answer, told once above the first of them.</summary>
    public required string Group { get; init; }

    public void Write(HtmlWriter h, ReportModel model)
    {
        using var section = h.In("section", ("id", Id), ("aria-labelledby", Id + "-title"));
        h.Element("h2", Title, ("id", Id + "-title"));
        Body(h, model);
    }

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
