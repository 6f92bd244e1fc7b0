using Tda.Curation.Reports;

namespace Tda.Curation.Rendering.Sections;

/// <summary>The top documents: a ranked table, then the token heat maps of those that have token scores.</summary>
internal static class DocumentsSection
{
    public static void Write(HtmlWriter h, ReportModel model)
    {
        using var section = Section.In(h, "documents");
        if (model.Documents.Count == 0)
        {
            Section.Missing(h, "This run lists no top documents.");
            return;
        }

        WriteTable(h, model);
        var heated = model.Documents.Where(d => d.Heat is { Tokens.Count: > 0 }).ToArray();
        h.Element("h3", "Tokens");
        if (heated.Length == 0)
        {
            Section.Missing(h, "This run has no token scores for these documents, or the corpus was not at hand. Run tda attribute with --tokens, and tda report where the corpus is.");
            return;
        }

        WriteMaskSentence(h, model.Mask);
        var scale = HeatMap.Scale(heated.Select(d => d.Heat!));
        HeatMap.WriteKey(h, scale);
        foreach (var document in heated)
        {
            WriteDocument(h, document, scale);
        }
    }

    private static void WriteTable(HtmlWriter h, ReportModel model) => Tables.Write(
        h,
        $"The {Numbers.Whole(model.Documents.Count)} most influential of {Numbers.Whole(model.DocumentsScored)} documents",
        [
            Column<ReportDocument>.Number("Rank", d => Numbers.Whole(d.Rank)),
            new("Document", Name) { NamesRow = true },
            Column<ReportDocument>.Number("Score, nats × N", d => Numbers.Score(d.Score)),
            Column<ReportDocument>.Number("Share", d => Numbers.Percent(d.Share)),
            Column<ReportDocument>.Number("Masked tokens", d => Numbers.Whole(d.MaskedTokens)),
            new("Excerpt", Excerpt),
        ],
        model.Documents);

    private static void Name(HtmlWriter h, ReportDocument document)
    {
        h.Text(document.Source);
        h.Element("code", document.Id, ("class", "id"));
        var rights = string.Join(" · ", new[] { document.License, document.Owner }.Where(part => !string.IsNullOrEmpty(part)));
        if (rights.Length > 0)
        {
            h.Element("small", rights);
        }
    }

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
        var tau = mask.Tau is { } value ? $" Tokens above τ = {Numbers.Score(value)} nats × N and their neighbours were candidates." : "";
        var budget = mask.Budget is { } share ? $" Budget: {Numbers.Percent(share)} of label tokens." : "";
        var sources = mask.BySource.Count == 0 ? "" : $" By source: {string.Join(", ", mask.BySource.Select(s => $"{s.Key} {Numbers.Whole(s.Value)}"))}.";
        h.Element("p", $"The mask suppresses {Numbers.Whole(mask.MaskedTokens)}{total} label tokens in {Numbers.Whole(mask.MaskedDocuments)} documents.{tau}{budget}{sources}");
    }

    private static void WriteDocument(HtmlWriter h, ReportDocument document, double scale)
    {
        using var article = h.In("article", ("class", "card"));
        h.Element("h4", $"{document.Rank}. {document.Source}, {Numbers.Score(document.Score)} nats × N");
        using (h.In("p", ("class", "meta")))
        {
            h.Element("code", document.Id);
            if (document.MaskedTokens > 0)
            {
                h.Text($" · {Numbers.Whole(document.MaskedTokens)} tokens masked");
            }
        }

        using var details = h.In("details");
        h.Element("summary", "Show the text with its token scores");
        HeatMap.Write(h, document.Heat!, scale);
        HeatMap.WriteStrongest(h, document.Heat!, $"Strongest tokens of document {document.Rank}");
    }
}
