using Tda.Curation.Rendering.Charts;
using Tda.Curation.Reports;

namespace Tda.Curation.Rendering.Sections;

/// <summary>Which sources the influence comes from.</summary>
internal static class SourcesSection
{
    /// <summary>Stands on every page that shows influence.</summary>
    public const string Caution = "Influence is an estimate of the effect of removal, not proof of copying";

    private const int BarsShown = 10;
    private const int RowsShown = 25;

    public static void Write(HtmlWriter h, ReportModel model)
    {
        using (h.In("p", ("class", "caution")))
        {
            h.Element("strong", Caution + ".");
            h.Text(" A positive score means that training on the document made the explained answers more likely (a proponent); a negative score, less likely (an opponent). "
                + (model.Trust?.Calibration is null ? HeatMap.Uncalibrated : "Nats are by the run's calibration; scores are what was calibrated, and are no nats."));
        }

        BarChart.Write(
            h, "sources-bars", "Share of the positive influence, by source; the line marks the source's share of the documents, which chance would give", "share",
            [.. model.Sources.Take(BarsShown).Select(s => new Bar(s.Name, s.Share, s.Name == model.HarmfulSource ? "harmful" : "after") { Interval = s.ShareInterval, Chance = Size(s, model) })]);
        Tables.Write(
            h,
            $"Sources by share of positive influence on {Numbers.Whole(model.Queries)} {(model.Queries == 1 ? "answer" : "answers")}, over {Numbers.Whole(model.DocumentsScored)} documents",
            [
                new("Source", (w, s) => Name(w, s, model.HarmfulSource)) { NamesRow = true },
                new("Share of positive influence", (w, s) => Section.Figure(w, s.Share, s.ShareInterval, "share")) { Numeric = true },
                Column<ReportSource>.Number("Over its size", s => Size(s, model) > 0 ? Numbers.Times(s.Share / Size(s, model)) : "–"),
                Column<ReportSource>.Number("Documents", s => Numbers.Whole(s.Documents)),
                Column<ReportSource>.Number("Among the top", s => Numbers.Whole(s.TopDocuments)),
            ],
            model.Sources.Take(RowsShown));
        if (model.Sources.Count > RowsShown)
        {
            h.Element("p", $"And {Numbers.Whole(model.Sources.Count - RowsShown)} more in {ReportWriter.Model}.", ("class", "meta"));
        }
    }

    private static double Size(ReportSource source, ReportModel model) => model.DocumentsScored > 0 ? (double)source.Documents / model.DocumentsScored : 0;

    private static void Name(HtmlWriter h, ReportSource source, string? harmful)
    {
        h.Text(source.Name);
        if (source.Name == harmful)
        {
            h.Element("small", "the source known to be harmful");
        }
    }
}
