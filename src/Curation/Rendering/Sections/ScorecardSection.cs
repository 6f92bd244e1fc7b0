using Tda.Curation.Measures;
using Tda.Curation.Reports;

namespace Tda.Curation.Rendering.Sections;

/// <summary>Every measured line against its threshold and its goal.</summary>
internal static class ScorecardSection
{
    private static readonly Column<ScorecardLine>[] Columns =
    [
        new("Measure", Name) { NamesRow = true },
        new("Measured", Measured) { Numeric = true },
        new("Threshold", (h, l) => Limit(h, l, l.Threshold, l.ThresholdMet())),
        new("Goal", (h, l) => Limit(h, l, l.Goal, l.GoalMet())),
    ];

    public static bool Has(ReportModel model, bool machinery) => model.Scorecard?.Lines.Any(line => line.Machinery == machinery) == true;

    public static void Write(HtmlWriter h, ReportModel model, bool machinery) => Tables.Write(
        h,
        machinery
            ? "How the parts worked: none of this says that curation helped"
            : "Measured values against the threshold that the claim needs and the goal beyond it",
        Columns,
        model.Scorecard!.Lines.Where(line => line.Machinery == machinery));

    private static void Name(HtmlWriter h, ScorecardLine line)
    {
        h.Text(line.Name);
        if (line.Note is { } note)
        {
            h.Element("small", note);
        }
    }

    private static void Measured(HtmlWriter h, ScorecardLine line)
    {
        h.Element("strong", Numbers.WithUnit(line.Value, line.Unit));
        Section.Interval(h, line.Interval, line.Unit);
    }

    // "Met" and "not met" by word and sign as well as colour.
    private static void Limit(HtmlWriter h, ScorecardLine line, double? limit, bool? met)
    {
        if (limit is { } value)
        {
            var direction = line.Direction switch { Direction.AtLeast => "at least", Direction.AtMost => "at most", _ => "exactly" };
            h.Element("span", $"{direction} {Numbers.Limit(value, line.Unit)}", ("class", "limit"));
        }

        var (css, sign, word) = met switch
        {
            true => ("badge met", "✓", "met"),
            false => ("badge missed", "✗", "not met"),
            null => ("badge none", "–", "not asked"),
        };
        using var badge = h.In("span", ("class", css));
        h.Element("span", sign, ("aria-hidden", "true"));
        h.Text(" " + word);
    }
}
