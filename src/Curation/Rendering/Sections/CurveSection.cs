using Tda.Curation.Measures;
using Tda.Curation.Rendering.Charts;
using Tda.Curation.Reports;

namespace Tda.Curation.Rendering.Sections;

/// <summary>The whole curve of harm against fluency: chart and table, the chosen recipe marked in both.</summary>
internal static class CurveSection
{
    public static void Write(HtmlWriter h, ReportModel model)
    {
        var curve = model.Curve!;
        h.Element("p", $"Every recipe that was tried, on the {curve.Set} set: {curve.HarmName} against {curve.FluencyName}. Both are better when lower, so the best recipes lie at the bottom left."
            + (curve.Rule is { } rule ? $" Choice: {rule}." : ""));
        var numbered = curve.Points.Select((point, i) => (Number: i + 1, Point: point)).ToArray();
        using (h.In("div", ("class", "beside")))
        {
            using (h.In("figure"))
            {
                CurveChart.Write(h, "curve", curve);
                WriteLegend(h, curve);
            }

            Tables.Write(h, $"Recipes on the {curve.Set} set", Columns(curve), numbered, row => row.Point.Chosen ? "chosen" : null);
        }
    }

    private static Column<(int Number, CurvePoint Point)>[] Columns(Curve curve) =>
    [
        new("No.", (h, r) => h.Text(Numbers.Whole(r.Number))) { Numeric = true },
        new("Recipe", Recipe) { NamesRow = true },
        Figure(curve.HarmName, curve.HarmUnit, p => (p.Harm, p.HarmInterval)),
        Figure(curve.FluencyName, curve.FluencyUnit, p => (p.Fluency, p.FluencyInterval)),
    ];

    private static Column<(int Number, CurvePoint Point)> Figure(
        string name, string unit, Func<CurvePoint, (double Value, double[]? Interval)> figure) =>
        new(Numbers.Capital(name), (h, row) => Section.Figure(h, figure(row.Point).Value, figure(row.Point).Interval, unit)) { Numeric = true };

    private static void Recipe(HtmlWriter h, (int Number, CurvePoint Point) row)
    {
        h.Text(row.Point.Recipe);
        if (row.Point.Chosen)
        {
            h.Text(" ");
            h.Element("span", "★ chosen", ("class", "badge met"));
        }

        h.Element("small", KindName(row.Point.Kind));
    }

    private static void WriteLegend(HtmlWriter h, Curve curve)
    {
        using var caption = h.In("figcaption", ("class", "legend"));
        h.Text("Numbers refer to the table. Shapes: ");
        h.Text(string.Join(", ", curve.Points.Select(p => p.Kind).Distinct().Order().Select(kind => $"{Sign(kind)} {KindName(kind)}")));
        string[] marks =
        [
            .. curve.Points.Any(p => p.Chosen) ? (string[])["the ring marks the chosen recipe"] : [],
            .. curve.Points.Any(p => p.Kind != CurveKind.Response) ? (string[])["the dashed line joins recipes that no other beats on both counts"] : [],
            .. curve.Points.Any(p => p.Kind == CurveKind.Response) ? (string[])["the dotted line is one training over all λ, from the least to the greatest"] : [],
        ];
        h.Text($". {Numbers.Capital(string.Join("; ", marks))}.");
    }

    private static string Sign(CurveKind kind) => kind switch
    {
        CurveKind.Baseline => "■",
        CurveKind.Mask => "●",
        CurveKind.Drop => "▲",
        CurveKind.Weights => "◆",
        CurveKind.Response => "○",
        CurveKind.Ceiling => "✦",
        _ => "✕",
    };

    private static string KindName(CurveKind kind) => kind switch
    {
        CurveKind.Baseline => "baseline",
        CurveKind.Mask => "token mask",
        CurveKind.Drop => "dropped documents",
        CurveKind.Weights => "weighted documents",
        CurveKind.Response => "response network",
        CurveKind.Ceiling => "without the harmful source",
        _ => "random control",
    };
}
