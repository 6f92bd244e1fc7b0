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
        new("Before", (h, c) => Section.Figure(h, c.Before, c.BeforeInterval, c.Unit)) { Numeric = true },
        new("Control", Control) { Numeric = true },
        new("After", (h, c) => Section.Figure(h, c.After, c.AfterInterval, c.Unit)) { Numeric = true },
        Column<Comparison>.Number("Change", Change),
    ];

    public static void Write(HtmlWriter h, ReportModel model)
    {
        var scorecard = model.Scorecard!;
        h.Element("p", "The closed model as it was, retrained with a control of the same size chosen at random, and retrained on the curated corpus. What the control does not achieve is due to the choice, not to training on less.");
        using (h.In("div", ("class", "charts")))
        {
            foreach (var (i, comparison) in scorecard.Comparisons.Index())
            {
                var better = comparison.LowerIsBetter ? "lower" : "higher";
                BarChart.Write(h, $"bars-{i + 1}", $"{Numbers.Capital(comparison.Name)} ({better} is better)", comparison.Unit, [.. Bars(comparison)]);
            }
        }

        Tables.Write(h, "Before, control and after", Columns, scorecard.Comparisons);
    }

    private static IEnumerable<Bar> Bars(Comparison comparison)
    {
        yield return new Bar("before", comparison.Before, "before") { Interval = comparison.BeforeInterval };
        if (comparison.Control is { } control)
        {
            yield return new Bar(comparison.ControlName, control, "control") { Interval = comparison.ControlInterval };
        }

        yield return new Bar("after", comparison.After, "after") { Interval = comparison.AfterInterval };
        if (comparison.Ceiling is { } ceiling)
        {
            yield return new Bar("without the harmful source", ceiling, "ceiling") { Interval = comparison.CeilingInterval };
        }
    }

    private static void Control(HtmlWriter h, Comparison comparison)
    {
        if (comparison.Control is not { } control)
        {
            h.Text("not run");
            return;
        }

        Section.Figure(h, control, comparison.ControlInterval, comparison.Unit);
        h.Element("small", comparison.ControlName);
    }

    private static string Change(Comparison comparison)
    {
        var difference = comparison.After - comparison.Before;
        var absolute = comparison.Unit == "share" ? Numbers.Score(difference * 100) + " points" : Numbers.Score(difference);
        return comparison.Before == 0 ? absolute : $"{absolute} ({(difference > 0 ? "+" : "")}{Numbers.Percent(difference / comparison.Before)})";
    }
}
