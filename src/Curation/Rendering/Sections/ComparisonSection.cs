using Tda.Curation.Measures;
using Tda.Curation.Rendering.Charts;
using Tda.Curation.Reports;

namespace Tda.Curation.Rendering.Sections;

/// <summary>Before and after, with the control between them.</summary>
internal static class ComparisonSection
{
    private static readonly Column<Comparison>[] Columns =
    [
        Column<Comparison>.Name("Measure", c => c.Name),
        new("Before", (h, c) => Value(h, c, c.Before, c.BeforeInterval)) { Numeric = true },
        new("Control", Control) { Numeric = true },
        new("After", (h, c) => Value(h, c, c.After, c.AfterInterval)) { Numeric = true },
        Column<Comparison>.Number("Change", Change),
    ];

    public static void Write(HtmlWriter h, ReportModel model)
    {
        using var section = Section.In(h, "before-after");
        if (model.Scorecard is not { Comparisons.Count: > 0 } scorecard)
        {
            Section.Missing(h, "There is no before-and-after chart: this run ranks documents, but no model was retrained on a curated corpus and asked again.");
            return;
        }

        h.Element("p", "The closed model as it was, retrained with a control of the same size chosen at random, and retrained on the curated corpus. What the control does not achieve is due to the choice, not to training on less.");
        using (h.In("div", ("class", "charts")))
        {
            for (var i = 0; i < scorecard.Comparisons.Count; i++)
            {
                BarChart.Write(h, scorecard.Comparisons[i], $"bars-{i + 1}");
            }
        }

        Tables.Write(h, "Before, control and after", Columns, scorecard.Comparisons);
    }

    private static void Value(HtmlWriter h, Comparison comparison, double value, double[]? interval)
    {
        h.Text(Numbers.WithUnit(value, comparison.Unit));
        if (interval is [var low, var high])
        {
            h.Element("small", Numbers.Interval(low, high, comparison.Unit));
        }
    }

    private static void Control(HtmlWriter h, Comparison comparison)
    {
        if (comparison.Control is not { } control)
        {
            h.Text("not run");
            return;
        }

        Value(h, comparison, control, comparison.ControlInterval);
        h.Element("small", comparison.ControlName);
    }

    private static string Change(Comparison comparison)
    {
        var difference = comparison.After - comparison.Before;
        var absolute = comparison.Unit == "share" ? Numbers.Score(difference * 100) + " points" : Numbers.Score(difference);
        return comparison.Before == 0 ? absolute : $"{absolute} ({(difference > 0 ? "+" : "")}{Numbers.Percent(difference / comparison.Before)})";
    }
}
