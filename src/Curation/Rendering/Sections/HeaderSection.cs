using Tda.Curation.Measures;
using Tda.Curation.Reports;

namespace Tda.Curation.Rendering.Sections;

/// <summary>Title, verdict in words, the figures that matter most, contents.</summary>
internal static class HeaderSection
{
    public static void Write(HtmlWriter h, ReportModel model, IReadOnlyList<Section> sections)
    {
        using var header = h.In("header", ("class", model.Scorecard is null ? "page brief" : "page"));
        using (h.In("p", ("class", "eyebrow")))
        {
            h.Text("Tda report · run ");
            h.Element("code", model.RunId);
            h.Text($" · {model.CreatedAt:yyyy-MM-dd}");
        }

        h.Element("h1", model.Title);
        if (model.Summary is { } summary)
        {
            h.Element("p", summary, ("class", "lead"));
        }

        if (model.Scorecard is { Lines.Count: > 0 })
        {
            WriteVerdict(h, Verdict.Of(model.Scorecard));
            WriteTiles(h, model);
        }

        WriteContents(h, sections);
    }

    private static void WriteVerdict(HtmlWriter h, Verdict verdict)
    {
        var (css, sign) = verdict.Met switch
        {
            true => ("verdict met", "✓"),
            false => ("verdict missed", "✗"),
            null => ("verdict none", "–"),
        };
        using var box = h.In("div", ("class", css), ("role", "note"), ("aria-label", "Verdict"));
        using (h.In("p", ("class", "headline")))
        {
            h.Element("span", sign, ("class", "sign"), ("aria-hidden", "true"));
            h.Element("strong", verdict.Headline);
        }

        if (verdict.Detail.Length > 0)
        {
            h.Element("p", verdict.Detail);
        }
    }

    private static void WriteTiles(HtmlWriter h, ReportModel model)
    {
        using var tiles = h.In("dl", ("class", "tiles"));
        foreach (var comparison in model.Scorecard?.Comparisons ?? [])
        {
            var control = comparison.Control is { } value ? $"{comparison.ControlName}: {Numbers.WithUnit(value, comparison.Unit)}" : "no control was run";
            Tile(h, comparison.Name, $"{Numbers.WithUnit(comparison.Before, comparison.Unit)} → {Numbers.WithUnit(comparison.After, comparison.Unit)}", control);
        }

        if (model.Mask is { } mask)
        {
            var share = mask.TotalTokens is > 0 and var total ? $"{Numbers.Percent((double)mask.MaskedTokens / total)} of {Numbers.Whole(total)} label tokens" : "label tokens";
            Tile(h, "masked tokens", Numbers.Whole(mask.MaskedTokens), $"{share}, in {Numbers.Whole(mask.MaskedDocuments)} documents");
        }

        if (model.Sources is [var first, ..])
        {
            Tile(h, "leading source", first.Name, $"{Numbers.Percent(first.Share)} of positive influence");
        }
    }

    private static void Tile(HtmlWriter h, string name, string value, string note)
    {
        using var tile = h.In("div");
        h.Element("dt", name);
        h.Element("dd", value, ("class", "figure"));
        h.Element("dd", note);
    }

    private static void WriteContents(HtmlWriter h, IReadOnlyList<Section> sections)
    {
        using var nav = h.In("nav", ("aria-label", "Contents"));
        using var list = h.In("ol");
        foreach (var section in sections)
        {
            using var item = h.In("li");
            h.Element("a", section.Title, ("href", "#" + section.Id));
        }
    }
}
