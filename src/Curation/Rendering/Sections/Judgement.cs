using Tda.Core.Text;
using Tda.Curation.Measures;

namespace Tda.Curation.Rendering.Sections;

/// <summary>"Met" and "not met", by word and sign as well as colour.</summary>
internal static class Judgement
{
    public static void Badge(HtmlWriter h, bool? met)
    {
        var (css, sign, word) = met switch
        {
            true => ("badge met", "✓", "met"),
            false => ("badge missed", "✗", "not met"),
            null => ("badge none", "–", "not asked"),
        };
        using (h.In("span", ("class", css)))
        {
            h.Element("span", sign, ("aria-hidden", "true"));
            h.Text(" " + word);
        }
    }

    public static string Limit(ScorecardLine line, double? limit) => limit is not { } value
        ? "–"
        : line.Direction switch
        {
            Direction.AtLeast => "at least ",
            Direction.AtMost => "at most ",
            _ => "exactly ",
        } + Numbers.Limit(value, line.Unit);
}
