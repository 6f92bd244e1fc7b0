using Tda.Curation.Reports;

namespace Tda.Curation.Rendering.Sections;

/// <summary>Which sources the influence comes from.</summary>
internal static class SourcesSection
{
    /// <summary>Stands on every page that shows influence.</summary>
    public const string Caution = "Influence is an estimate of the effect of removal, not proof of copying";

    public static void Write(HtmlWriter h, ReportModel model)
    {
        using var section = Section.In(h, "sources");
        using (h.In("p", ("class", "caution")))
        {
            h.Element("strong", Caution + ".");
            h.Text(" A positive score means that training on the document made the explained responses more likely (a proponent); a negative score, less likely (an opponent). Scores are N times nats of the responses' loss, summed over tokens." + Effect(model.N));
        }

        if (model.Sources.Count == 0)
        {
            Section.Missing(h, "This run has no document scores to add up by source.");
            return;
        }

        Tables.Write(
            h,
            $"Sources by share of positive influence on {Numbers.Whole(model.Queries)} {(model.Queries == 1 ? "query" : "queries")}, over {Numbers.Whole(model.DocumentsScored)} documents",
            [
                new("Source", (w, s) => Name(w, s, model.HarmfulSource)) { NamesRow = true },
                new("Share of positive influence", Share) { Numeric = true },
                Column<ReportSource>.Number("Score, nats × N", s => Numbers.Score(s.Score)),
                Column<ReportSource>.Number("Documents", s => Numbers.Whole(s.Documents)),
                Column<ReportSource>.Number("Among the top", s => Numbers.Whole(s.TopDocuments)),
            ],
            model.Sources);
    }

    private static string Effect(long? n) => n is { } count
        ? $" Removing a document is estimated to change the loss by about score / N nats, N = {Numbers.Whole(count)}."
        : "";

    private static void Name(HtmlWriter h, ReportSource source, string? harmful)
    {
        h.Text(source.Name);
        if (source.Name == harmful)
        {
            h.Element("small", "the source known to be harmful");
        }
    }

    private static void Share(HtmlWriter h, ReportSource source)
    {
        using var shared = h.In("span", ("class", "shared"));
        using (h.In("svg", ("viewBox", "0 0 100 8"), ("class", "meter"), ("aria-hidden", "true"), ("preserveAspectRatio", "none")))
        {
            h.Empty("rect", ("width", "100"), ("height", "8"), ("class", "track"));
            h.Empty("rect", ("width", HtmlWriter.Coordinate(Math.Clamp(source.Share, 0, 1) * 100)), ("height", "8"), ("class", "bar after"));
        }

        h.Element("span", Numbers.Percent(source.Share));
    }
}
