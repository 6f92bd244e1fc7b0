namespace Tda.Curation.Rendering.Charts;

/// <summary>Labelled bars over an axis from zero, as SVG, with intervals. Every bar carries its name and its number as text.</summary>
internal static class BarChart
{
    private const double Width = 380;
    private const double RowHeight = 46;
    private const double BarHeight = 15;
    private const double BarTop = 20;
    private const double AxisHeight = 24;
    private const double Cap = 4;
    private const int LongestLabel = 36;

    /// <param name="h">Where to write.</param>
    /// <param name="id">Unique on the page.</param>
    /// <param name="title">What the bars show.</param>
    /// <param name="unit">As <see cref="Numbers.WithUnit"/> takes it.</param>
    /// <param name="bars">At least one; values of 0 or more.</param>
    public static void Write(HtmlWriter h, string id, string title, string unit, IReadOnlyList<Bar> bars)
    {
        var axis = new Axis([0, .. bars.Select(b => Math.Max(b.Value, Math.Max(b.Interval?[1] ?? 0, b.Chance ?? 0)))], 16, Width - 16);
        var bottom = bars.Count * RowHeight;
        using var figure = h.In("figure");
        h.Element("figcaption", title);
        using var svg = h.In(
            "svg",
            ("viewBox", $"0 0 {Width} {HtmlWriter.Coordinate(bottom + AxisHeight)}"),
            ("role", "img"),
            ("aria-labelledby", $"{id}-t {id}-d"),
            ("class", "bars"));
        h.PlainElement("title", title, ("id", id + "-t"));
        h.PlainElement("desc", string.Join("; ", bars.Select(b => $"{b.Label} {Numbers.WithUnit(b.Value, unit)}")), ("id", id + "-d"));
        foreach (var tick in axis.Ticks)
        {
            var x = HtmlWriter.Coordinate(axis.At(tick));
            h.Empty("line", ("x1", x), ("x2", x), ("y1", "0"), ("y2", HtmlWriter.Coordinate(bottom + 4)), ("class", tick == 0 ? "axis" : "grid"));
            h.PlainElement("text", Axis.Label(tick, unit), ("x", x), ("y", HtmlWriter.Coordinate(bottom + 18)), ("text-anchor", "middle"), ("class", "tick"));
        }

        foreach (var (i, bar) in bars.Index())
        {
            Write(h, bar, unit, i * RowHeight, axis);
        }
    }

    private static void Write(HtmlWriter h, Bar bar, string unit, double top, Axis axis)
    {
        var label = bar.Label.Length > LongestLabel ? "…" + bar.Label[^LongestLabel..] : bar.Label;
        h.PlainElement("text", bar.Number is { } number ? $"{number}. {label}" : label, ("x", HtmlWriter.Coordinate(axis.At(0) + 5)), ("y", HtmlWriter.Coordinate(top + 14)), ("class", "label"));
        h.PlainElement("text", Numbers.WithUnit(bar.Value, unit), ("x", HtmlWriter.Coordinate(Width - 4)), ("y", HtmlWriter.Coordinate(top + 14)), ("class", "value"), ("text-anchor", "end"));

        // A bar of zero still gets a sliver, so that it is seen to be there.
        var length = Math.Max(1.5, axis.At(Math.Max(0, bar.Value)) - axis.At(0));
        h.Empty("rect", ("x", HtmlWriter.Coordinate(axis.At(0))), ("y", HtmlWriter.Coordinate(top + BarTop)), ("width", HtmlWriter.Coordinate(length)), ("height", HtmlWriter.Coordinate(BarHeight)), ("rx", "2"), ("class", "bar " + bar.Css));
        var middle = top + BarTop + BarHeight / 2;
        if (bar.Interval is [var low, var high])
        {
            var (from, to) = (axis.At(Math.Max(0, low)), axis.At(Math.Max(0, high)));
            Line(h, from, middle, to, middle, "whisker");
            Line(h, from, middle - Cap, from, middle + Cap, "whisker");
            Line(h, to, middle - Cap, to, middle + Cap, "whisker");
        }

        if (bar.Chance is { } chance)
        {
            Line(h, axis.At(chance), top + BarTop - 3, axis.At(chance), top + BarTop + BarHeight + 3, "chance");
        }
    }

    private static void Line(HtmlWriter h, double x1, double y1, double x2, double y2, string css) => h.Empty(
        "line", ("x1", HtmlWriter.Coordinate(x1)), ("x2", HtmlWriter.Coordinate(x2)), ("y1", HtmlWriter.Coordinate(y1)), ("y2", HtmlWriter.Coordinate(y2)), ("class", css));
}

/// <summary>A bar.</summary>
/// <param name="Label">Its name.</param>
/// <param name="Value">Its length, 0 or more.</param>
/// <param name="Css">Class of its colour.</param>
internal sealed record Bar(string Label, double Value, string Css)
{
    /// <summary>Its number, which stands before the label; null: none.</summary>
    public int? Number { get; init; }

    /// <summary>95 % interval, [low, high].</summary>
    public double[]? Interval { get; init; }

    /// <summary>What chance would give, marked by a line.</summary>
    public double? Chance { get; init; }
}
