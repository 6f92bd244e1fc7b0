using Tda.Curation.Reports;

namespace Tda.Curation.Rendering.Sections;

/// <summary>The top documents: a ranked table, then the token heat maps of those that have token scores.</summary>
internal static class DocumentsSection
{
    public static void Write(HtmlWriter h, ReportModel model)
    {
        WriteTable(h, model);
        WriteMaskSentence(h, model.Mask);
        var heated = model.Documents.Where(d => d.Heat is { Tokens.Count: > 0 }).ToArray();
        if (heated.Length == 0)
        {
            return;
        }

        h.Element("h3", "Their texts, token by token");
        var scale = HeatMap.Scale(heated.Select(d => d.Heat!));
        HeatMap.WriteKey(h, scale);
        foreach (var document in heated)
        {
            WriteDocument(h, document, scale);
        }
    }

    /// <summary>A document by name, source and rights; the whole id where it has no name, else as a title.</summary>
    internal static void Name(HtmlWriter h, ReportDocument document)
    {
        if (document.Name is { } name)
        {
            h.Element("span", name, ("title", document.Id));
        }
        else
        {
            h.Element("code", document.Id, ("class", "id"));
        }

        var source = DocumentName.TellsSource(document.Name, document.Source) ? null : document.Source;
        var rest = string.Join(" · ", new[] { source, document.License, document.Owner }.Where(part => !string.IsNullOrEmpty(part)));
        if (rest.Length > 0)
        {
            h.Element("small", rest);
        }
    }

    private static void WriteTable(HtmlWriter h, ReportModel model) => Tables.Write(
        h,
        $"The {Numbers.Whole(model.Documents.Count)} most influential of {Numbers.Whole(model.DocumentsScored)} documents, by the mean of their scores",
        [
            Column<ReportDocument>.Number("Rank", d => Numbers.Whole(d.Rank)),
            new("Document", Name) { NamesRow = true },
            Column<ReportDocument>.Number("Share", d => Numbers.Percent(d.Share)),
            Column<ReportDocument>.Number("z", d => Numbers.Deviations(d.Z)),
            .. model.Mask is null ? Array.Empty<Column<ReportDocument>>() : [Column<ReportDocument>.Number("Masked tokens", d => Numbers.Whole(d.MaskedTokens))],
            .. model.Documents.All(d => d.Phrases.Count == 0) ? Array.Empty<Column<ReportDocument>>()
                : [Column<ReportDocument>.Text("Why", d => CardsSection.Why(d) ?? "")],
            .. model.Documents.All(d => d.Excerpt is null) ? Array.Empty<Column<ReportDocument>>() : [new("Excerpt", Excerpt)],
        ],
        model.Documents);

    private static void Excerpt(HtmlWriter h, ReportDocument document)
    {
        if (document.Excerpt is not { } excerpt)
        {
            h.Text("not at hand");
            return;
        }

        using var details = h.In("details");
        using (h.In("summary"))
        {
            h.Text("Show");
            h.Element("span", $" the excerpt of document {document.Rank}", ("class", "quiet"));
        }

        h.Element("p", excerpt, ("class", "raw"));
    }

    private static void WriteMaskSentence(HtmlWriter h, ReportMask? mask)
    {
        if (mask is null)
        {
            return;
        }

        var total = mask.TotalTokens is { } all ? $" of {Numbers.Whole(all)}" : "";
        var tau = mask.Tau is { } value ? $" Tokens with a score above {Numbers.Score(value)} and their neighbours were candidates." : "";
        var budget = mask.Budget is { } share ? $" Budget: {Numbers.Percent(share)} of label tokens." : "";
        var sources = mask.BySource.Count == 0 ? "" : $" By source: {string.Join(", ", mask.BySource.Select(s => $"{s.Key} {Numbers.Whole(s.Value)}"))}.";
        h.Element("p", $"The mask suppresses {Numbers.Whole(mask.MaskedTokens)}{total} label tokens in {Numbers.Whole(mask.MaskedDocuments)} documents.{tau}{budget}{sources}");
    }

    private static void WriteDocument(HtmlWriter h, ReportDocument document, double scale)
    {
        using var article = h.In("article", ("class", "card"));
        h.Element("h4", $"{document.Rank}. {DocumentName.Shown(document.Name, document.Id)}");
        var masked = document.MaskedTokens > 0 ? $" · {Numbers.Whole(document.MaskedTokens)} tokens masked" : "";
        h.Element("p", $"{document.Source} · {Numbers.Percent(document.Share)} of the positive influence, z {Numbers.Deviations(document.Z)}{masked}", ("class", "meta"));

        using var details = h.In("details");
        h.Element("summary", "Show the text with its token scores");
        HeatMap.Write(h, document.Heat!, scale);
        HeatMap.WriteStrongest(h, document.Heat!, $"Strongest tokens of document {document.Rank}");
    }
}
