using Tda.Curation.Measures;

namespace Tda.Curation.Rendering.Charts;

/// <summary>Scatter chart of harm against fluency, as SVG; points numbered as in the table beside it.</summary>
internal static class CurveChart
{
    private const double Width = 380;
    private const double Height = 320;
    private const double Left = 52;
    private const double Right = 366;
    private const double Top = 38;
    private const double Bottom = 268;

    /// <param name="h">Where to write.</param>
    /// <param name="id">Unique on the page.</param>
    /// <param name="curve">The points. Whiskers are drawn at those that have both intervals.</param>
    public static void Write(HtmlWriter h, string id, Curve curve)
    {
        var points = curve.Points.Where(IsShown).ToArray();
        if (points.Length == 0)
        {
            return;
        }

        var x = new Axis([.. points.Select(p => p.Fluency), .. points.Where(HasWhiskers).SelectMany(p => p.FluencyInterval!)], Left, Right);
        var y = new Axis([.. points.Select(p => p.Harm), .. points.Where(HasWhiskers).SelectMany(p => p.HarmInterval!)], Bottom, Top);
        using var svg = h.In("svg", ("viewBox", $"0 0 {Width} {Height}"), ("role", "img"), ("aria-labelledby", $"{id}-t {id}-d"), ("class", "scatter"));
        h.PlainElement("title", $"{curve.HarmName} against {curve.FluencyName}", ("id", id + "-t"));
        h.PlainElement("desc", Describe(curve), ("id", id + "-d"));
        WriteAxes(h, curve, x, y);
        WriteFront(h, [.. points.Where(p => p.Kind != CurveKind.Response)], x, y);
        WriteLine(h, points.Where(p => p.Kind == CurveKind.Response), "response-line", x, y);
        WriteWhiskers(h, points, x, y);
        var labels = new LabelPlacer(points.Select(p => (x.At(p.Fluency), y.At(p.Harm))), Left, Top, Right, Bottom);
        foreach (var (i, point) in curve.Points.Index().Where(p => IsShown(p.Item)))
        {
            var (px, py) = (x.At(point.Fluency), y.At(point.Harm));
            if (point.Chosen)
            {
                h.Empty("circle", ("cx", HtmlWriter.Coordinate(px)), ("cy", HtmlWriter.Coordinate(py)), ("r", "10"), ("class", "ring"));
            }

            Shape(h, point.Kind, px, py);
            var (lx, ly) = labels.Place(px, py, point.Chosen ? 19 : 15);
            h.PlainElement("text", Numbers.Whole(i + 1), ("x", HtmlWriter.Coordinate(lx)), ("y", HtmlWriter.Coordinate(ly)), ("class", point.Chosen ? "number chosen" : "number"), ("text-anchor", "middle"));
        }
    }

    private static bool IsShown(CurvePoint point) => double.IsFinite(point.Harm) && double.IsFinite(point.Fluency);

    private static bool HasWhiskers(CurvePoint point) =>
        point is { HarmInterval: [_, _], FluencyInterval: [_, _] } && point.HarmInterval.Concat(point.FluencyInterval).All(double.IsFinite);

    private static void WriteWhiskers(HtmlWriter h, CurvePoint[] points, Axis x, Axis y)
    {
        foreach (var point in points.Where(HasWhiskers))
        {
            var (px, py) = (HtmlWriter.Coordinate(x.At(point.Fluency)), HtmlWriter.Coordinate(y.At(point.Harm)));
            string[] across = [.. point.FluencyInterval!.Select(value => HtmlWriter.Coordinate(x.At(value)))];
            string[] along = [.. point.HarmInterval!.Select(value => HtmlWriter.Coordinate(y.At(value)))];
            h.Empty("line", ("x1", across[0]), ("x2", across[1]), ("y1", py), ("y2", py), ("class", "whisker thin"));
            h.Empty("line", ("x1", px), ("x2", px), ("y1", along[0]), ("y2", along[1]), ("class", "whisker thin"));
        }
    }

    private static string Describe(Curve curve) => string.Join("; ", curve.Points.Select((p, i) =>
        $"{i + 1}, {p.Recipe}{(p.Chosen ? " (chosen)" : "")}: {Numbers.WithUnit(p.Harm, curve.HarmUnit)} at {Numbers.WithUnit(p.Fluency, curve.FluencyUnit)}"));

    private static void WriteAxes(HtmlWriter h, Curve curve, Axis x, Axis y)
    {
        foreach (var tick in y.Ticks)
        {
            var at = HtmlWriter.Coordinate(y.At(tick));
            h.Empty("line", ("x1", HtmlWriter.Coordinate(Left)), ("x2", HtmlWriter.Coordinate(Right)), ("y1", at), ("y2", at), ("class", "grid"));
            h.PlainElement("text", Axis.Label(tick, curve.HarmUnit), ("x", HtmlWriter.Coordinate(Left - 7)), ("y", HtmlWriter.Coordinate(y.At(tick) + 4)), ("text-anchor", "end"), ("class", "tick"));
        }

        foreach (var tick in x.Ticks)
        {
            var at = HtmlWriter.Coordinate(x.At(tick));
            h.Empty("line", ("x1", at), ("x2", at), ("y1", HtmlWriter.Coordinate(Bottom)), ("y2", HtmlWriter.Coordinate(Bottom + 4)), ("class", "axis"));
            h.PlainElement("text", Axis.Label(tick, curve.FluencyUnit), ("x", at), ("y", HtmlWriter.Coordinate(Bottom + 18)), ("text-anchor", "middle"), ("class", "tick"));
        }

        h.Empty("line", ("x1", HtmlWriter.Coordinate(Left)), ("x2", HtmlWriter.Coordinate(Right)), ("y1", HtmlWriter.Coordinate(Bottom)), ("y2", HtmlWriter.Coordinate(Bottom)), ("class", "axis"));
        h.PlainElement("text", curve.FluencyName + " →", ("x", HtmlWriter.Coordinate((Left + Right) / 2)), ("y", HtmlWriter.Coordinate(Bottom + 40)), ("text-anchor", "middle"), ("class", "name"));
        h.PlainElement("text", "↑ " + curve.HarmName, ("x", "2"), ("y", "16"), ("class", "name"));
    }

    private static void WriteFront(HtmlWriter h, CurvePoint[] points, Axis x, Axis y)
    {
        var front = points.Where(p => !points.Any(q => q.Harm <= p.Harm && q.Fluency <= p.Fluency && (q.Harm < p.Harm || q.Fluency < p.Fluency)))
            .OrderBy(p => p.Fluency)
            .ThenByDescending(p => p.Harm);
        WriteLine(h, front, "front", x, y);
    }

    private static void WriteLine(HtmlWriter h, IEnumerable<CurvePoint> points, string css, Axis x, Axis y)
    {
        string[] corners = [.. points.Select(p => $"{HtmlWriter.Coordinate(x.At(p.Fluency))},{HtmlWriter.Coordinate(y.At(p.Harm))}")];
        if (corners.Length > 1)
        {
            h.Empty("polyline", ("points", string.Join(" ", corners)), ("class", css));
        }
    }

    private static void Shape(HtmlWriter h, CurveKind kind, double x, double y)
    {
        var css = "point " + kind.ToString().ToLowerInvariant();
        string Points(params (double X, double Y)[] corners) =>
            string.Join(" ", corners.Select(c => $"{HtmlWriter.Coordinate(x + c.X)},{HtmlWriter.Coordinate(y + c.Y)}"));
        switch (kind)
        {
            case CurveKind.Baseline:
                h.Empty("rect", ("x", HtmlWriter.Coordinate(x - 5)), ("y", HtmlWriter.Coordinate(y - 5)), ("width", "10"), ("height", "10"), ("class", css));
                break;
            case CurveKind.Mask:
                h.Empty("circle", ("cx", HtmlWriter.Coordinate(x)), ("cy", HtmlWriter.Coordinate(y)), ("r", "5"), ("class", css));
                break;
            case CurveKind.Drop:
                h.Empty("polygon", ("points", Points((0, -6), (5.5, 5), (-5.5, 5))), ("class", css));
                break;
            case CurveKind.Response:
                h.Empty("circle", ("cx", HtmlWriter.Coordinate(x)), ("cy", HtmlWriter.Coordinate(y)), ("r", "3.5"), ("class", css));
                break;
            case CurveKind.Ceiling:
                h.Empty("polygon", ("points", Points((0, -7), (2, -2), (7, 0), (2, 2), (0, 7), (-2, 2), (-7, 0), (-2, -2))), ("class", css));
                break;
            case CurveKind.Weights:
                h.Empty("polygon", ("points", Points((0, -6.5), (6.5, 0), (0, 6.5), (-6.5, 0))), ("class", css));
                break;
            default:
                h.Empty("path", ("d", $"M{HtmlWriter.Coordinate(x - 5)} {HtmlWriter.Coordinate(y - 5)}l10 10m0-10l-10 10"), ("class", css));
                break;
        }
    }
}
