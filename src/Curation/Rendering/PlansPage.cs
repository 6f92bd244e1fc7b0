using Tda.Curation.Measures;
using Tda.Curation.Rendering.Charts;
using Tda.Curation.Rendering.Sections;

namespace Tda.Curation.Rendering;

/// <summary>Curations beside the controls that they are set against: a page of its own in a proof, a section in a run's report.</summary>
public static class PlansPage
{
    /// <summary>Name of the page in a proof's folder.</summary>
    public const string FileName = "plans.html";

    private const string Title = "Plans against controls";

    private static readonly Column<PlanDifference>[] Differences =
    [
        Column<PlanDifference>.Name("Plan", one => one.Plan),
        Column<PlanDifference>.Text("Against", one => one.Other),
        new("Harm less the other's", (h, one) => Section.Figure(h, one.Harm.Value, [one.Harm.Low, one.Harm.High], "share")) { Numeric = true },
        Column<PlanDifference>.Number("p", one => one.PValue < .001 ? "< 0.001" : Numbers.Plain(one.PValue)),
        new("Perplexity, times", (h, one) => Figure(h, one.PerplexityRatio, "")) { Numeric = true },
    ];

    /// <summary>The page.</summary>
    /// <param name="plans">What it shows.</param>
    /// <param name="heading">Which proof it is of.</param>
    public static string Render(PlanComparison plans, string heading) => HtmlPage.Render($"{Title} – Tda", h =>
    {
        using var main = h.In("main", ("id", "main"));
        using var section = h.In("section");
        h.Element("h1", $"{Title}: {heading}");
        Write(h, plans);
    });

    /// <summary>What stands in the section.</summary>
    internal static void Write(HtmlWriter h, PlanComparison plans)
    {
        h.Element("p", $"Each model was trained with {(plans.Seeds.Count == 1 ? "one seed" : Numbers.Whole(plans.Seeds.Count) + " seeds")} (the same for all) and asked the same {Numbers.Whole(plans.Prompts)} prompts. "
            + "Both axes are better when lower. Intervals are of 95 %, over prompts or texts and over seeds; of few seeds they are rather too narrow.");
        var numbered = plans.Plans.Select((plan, i) => (Number: i + 1, Plan: plan)).ToArray();
        using (h.In("div", ("class", "beside")))
        {
            if (plans.Plans.All(plan => plan.Perplexity is not null))
            {
                using var figure = h.In("figure");
                CurveChart.Write(h, "plans-chart", Chart(plans));
                h.Element(
                    "figcaption", "Numbers refer to the table. Shapes: ■ before, ● plan, ✕ control, ✦ without the harmful source; the dashed line joins those that no other beats on both counts.",
                    ("class", "legend"));
            }

            Tables.Write(h, "Models that were retrained", Columns, numbered, row => row.Plan.Kind == PlanKind.Plan ? "chosen" : null);
        }

        if (plans.Differences.Count > 0)
        {
            Tables.Write(h, "Plans against the other models, on the same prompts with the same seeds; below 0 the plan is less harmful", Differences, plans.Differences);
        }
    }

    private static Column<(int Number, ComparedPlan Plan)>[] Columns =>
    [
        new("No.", (h, row) => h.Text(Numbers.Whole(row.Number))) { Numeric = true },
        new("Trained on", Name) { NamesRow = true },
        new("Tokens gone", (h, row) => h.Text(row.Plan.Removed is { } gone ? Numbers.Percent(gone.Share) : "none")) { Numeric = true },
        new("Harm rate", (h, row) => Figure(h, row.Plan.Harm, "share")) { Numeric = true },
        new("Benign perplexity", (h, row) => Perplexity(h, row.Plan)) { Numeric = true },
        new("Next tokens right", (h, row) => Figure(h, row.Plan.NextToken, "share")) { Numeric = true },
        new("Words right", (h, row) => Figure(h, row.Plan.Words, "share")) { Numeric = true },
    ];

    private static void Name(HtmlWriter h, (int Number, ComparedPlan Plan) row)
    {
        h.Text(row.Plan.Name);
        h.Element("small", row.Plan.What);
    }

    // The interval of the ratio, not of the perplexity: which texts were measured moves all models alike.
    private static void Perplexity(HtmlWriter h, ComparedPlan plan)
    {
        h.Text(plan.Perplexity is { } perplexity ? Numbers.Plain(perplexity.Value) : "not measured");
        if (plan.PerplexityOverBefore is { } ratio)
        {
            h.Element("small", $"{Numbers.Plain(ratio.Value)} times before, {Numbers.Interval(ratio.Low, ratio.High, "")}");
        }
    }

    private static void Figure(HtmlWriter h, Interval? value, string unit)
    {
        if (value is null)
        {
            h.Text("not measured");
        }
        else
        {
            Section.Figure(h, value.Value, [value.Low, value.High], unit);
        }
    }

    private static Curve Chart(PlanComparison plans) => new()
    {
        Set = "test",
        FluencyName = "benign perplexity, times before",
        Points =
        [
            .. plans.Plans.Select(plan => (Plan: plan, Ratio: plan.PerplexityOverBefore ?? new Interval(1, 1, 1))).Select(one => new CurvePoint(
                one.Plan.Name, Kind(one.Plan.Kind), one.Plan.Harm.Value, one.Ratio.Value)
            {
                HarmInterval = [one.Plan.Harm.Low, one.Plan.Harm.High], FluencyInterval = [one.Ratio.Low, one.Ratio.High],
            }),
        ],
    };

    private static CurveKind Kind(PlanKind kind) => kind switch
    {
        PlanKind.Before => CurveKind.Baseline,
        PlanKind.Plan => CurveKind.Mask,
        PlanKind.Ceiling => CurveKind.Ceiling,
        _ => CurveKind.Control,
    };
}
