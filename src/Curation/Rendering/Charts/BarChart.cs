using Tda.Curation.Measures;

namespace Tda.Curation.Rendering.Charts;

/// <summary>Three labelled bars, as SVG: before, control, after. Every bar carries its name and its number as text.</summary>
internal static class BarChart
{
    private const double Width = 380;
    private const double RowHeight = 48;
    private const double BarHeight = 16;
    private const int LongestLabel = 32;

    public static void Write(HtmlWriter h, Comparison comparison, string id)
    {
        var bars = Bars(comparison).ToArray();
        var most = bars.Max(b => Math.Max(b.Value, b.Interval is [_, var high] ? high : 0));
        using var figure = h.In("figure");
        h.Element("figcaption", $"{Numbers.Capital(comparison.Name)} ({(comparison.LowerIsBetter ? "lower" : "higher")} is better)");
        using var svg = h.In(
            "svg",
            ("viewBox", $"0 0 {Width} {bars.Length * RowHeight}"),
            ("role", "img"),
            ("aria-labelledby", $"{id}-t {id}-d"),
            ("class", "bars"));
        h.PlainElement("title", $"{comparison.Name}: before, control and after", ("id", id + "-t"));
        h.PlainElement("desc", string.Join("; ", bars.Select(b => $"{b.Label} {Numbers.WithUnit(b.Value, comparison.Unit)}")), ("id", id + "-d"));
        for (var i = 0; i < bars.Length; i++)
        {
            Bar(h, bars[i], comparison.Unit, i * RowHeight, most > 0 ? Width / most : 0);
        }
    }

    private static IEnumerable<(string Label, string Css, double Value, double[]? Interval)> Bars(Comparison comparison)
    {
        yield return ("before", "before", comparison.Before, comparison.BeforeInterval);
        if (comparison.Control is { } control)
        {
            yield return (comparison.ControlName, "control", control, comparison.ControlInterval);
        }

        yield return ("after", "after", comparison.After, comparison.AfterInterval);
    }

    private static void Bar(HtmlWriter h, (string Label, string Css, double Value, double[]? Interval) bar, string unit, double top, double scale)
    {
        var label = bar.Label.Length > LongestLabel ? bar.Label[..LongestLabel] + "…" : bar.Label;
        h.PlainElement("text", label, ("x", "0"), ("y", HtmlWriter.Coordinate(top + 15)), ("class", "label"));
        h.PlainElement("text", Numbers.WithUnit(bar.Value, unit), ("x", HtmlWriter.Coordinate(Width)), ("y", HtmlWriter.Coordinate(top + 15)), ("class", "value"), ("text-anchor", "end"));
        h.Empty("rect", ("x", "0"), ("y", HtmlWriter.Coordinate(top + 21)), ("width", HtmlWriter.Coordinate(Width)), ("height", HtmlWriter.Coordinate(BarHeight)), ("rx", "2"), ("class", "track"));

        // A bar of zero still gets a sliver, so that it is seen to be there.
        var length = Math.Max(1.5, Math.Max(0, bar.Value) * scale);
        h.Empty("rect", ("x", "0"), ("y", HtmlWriter.Coordinate(top + 21)), ("width", HtmlWriter.Coordinate(length)), ("height", HtmlWriter.Coordinate(BarHeight)), ("rx", "2"), ("class", "bar " + bar.Css));
        if (bar.Interval is [var low, var high])
        {
            var middle = HtmlWriter.Coordinate(top + 21 + BarHeight / 2);
            h.Empty("line", ("x1", HtmlWriter.Coordinate(low * scale)), ("x2", HtmlWriter.Coordinate(high * scale)), ("y1", middle), ("y2", middle), ("class", "whisker"));
        }
    }
}
