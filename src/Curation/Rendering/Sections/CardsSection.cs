using Tda.Curation.Rendering.Charts;
using Tda.Curation.Reports;

namespace Tda.Curation.Rendering.Sections;

/// <summary>A card for each answer: prompt, answer, how far to trust it, its documents, and which of their words.</summary>
internal static class CardsSection
{
    private const int LongestText = 500;

    /// <summary>One set alone is what the other sections show anyway.</summary>
    public static bool Has(ReportModel model) => model.Cards.Count > 1 || model.Cards is [{ IsSet: false }];

    public static string Anchor(int index) => $"a{index + 1}";

    public static void Write(HtmlWriter h, ReportModel model)
    {
        if (model.Cards.Any(card => card.Fidelity is not null))
        {
            h.Element("p", TrustWords.Meaning, ("class", "meta"));
        }

        foreach (var (i, card) in model.Cards.Index())
        {
            WriteCard(h, card, i, model);
        }

        if (model.CardsLeftOut > 0)
        {
            using var more = h.In("p", ("class", "meta"));
            h.Text($"{Numbers.Whole(model.CardsLeftOut)} more are not shown here: ");
            h.Element("a", RankingCsv.FileName, ("href", RankingCsv.FileName));
            h.Text(" has the ranking of each.");
        }
    }

    private static void WriteCard(HtmlWriter h, AnswerCard card, int index, ReportModel model)
    {
        var anchor = Anchor(index);
        using var article = h.In("article", ("class", "card answer"), ("id", anchor), ("aria-labelledby", anchor + "-title"));
        using (h.In("h3", ("id", anchor + "-title")))
        {
            h.Text(card.IsSet ? $"{index + 1}. {Numbers.Whole(card.Answers)} answers: {card.Id}" : $"{index + 1}. {card.Id}");
            if (card.Label is { } label && label != card.Id)
            {
                h.Element("span", label, ("class", "badge none"));
            }
        }

        using (h.In("div", ("class", "beside")))
        {
            using (h.In("div"))
            {
                WriteExchange(h, card);
                WriteTrust(h, card);
            }

            if (card.Documents.Count > 0)
            {
                BarChart.Write(
                    h, anchor + "-bars", "Share of the positive influence", "share",
                    [.. card.Documents.Select(d => new Bar(DocumentName.Shown(d.Name, d.Id), d.Share, "after") { Number = d.Rank, Interval = d.ShareInterval })]);
            }
        }

        WriteDocuments(h, card, anchor, model.Trust!.Explained - 1);
        WriteRows(h, card);
    }

    /// <summary>Prompt and answer; of a set its description and, folded, its first answers.</summary>
    internal static void WriteExchange(HtmlWriter h, AnswerCard card)
    {
        if (card.IsSet)
        {
            h.Element("p", card.Completion, ("class", "meta"));
            using var details = h.In("details");
            h.Element("summary", $"Show {(card.Examples.Count < card.Answers ? $"the first {card.Examples.Count} of them" : "them")}");
            foreach (var example in card.Examples)
            {
                h.Element("h4", example.Id);
                h.Element("p", example.Prompt + example.Completion, ("class", "raw"));
            }

            return;
        }

        h.Element("h4", "Prompt");
        WriteText(h, card.Prompt, null);
        h.Element("h4", card.Span is null ? "Answer" : "Answer (the marked words were explained)");
        WriteText(h, card.Completion, card.Span);
    }

    private static void WriteText(HtmlWriter h, string text, TextSpan? span)
    {
        if (text.Length == 0)
        {
            h.Element("p", "(empty)", ("class", "quiet"));
            return;
        }

        var cut = text.Length <= LongestText + 100 ? text.Length : char.IsHighSurrogate(text[LongestText - 1]) ? LongestText - 1 : LongestText;
        using (h.In("p", ("class", "said")))
        {
            if (span is { } words && words.End <= cut)
            {
                h.Text(text[..words.Start]);
                h.Element("mark", text[words.Start..words.End], ("class", "span"));
                h.Text(text[words.End..cut]);
            }
            else
            {
                h.Text(text[..cut]);
            }

            h.Text(cut < text.Length ? " …" : "");
        }

        if (cut < text.Length)
        {
            using var details = h.In("details");
            h.Element("summary", $"Show the other {Numbers.Whole(text.Length - cut)} characters");
            h.Element("p", text[cut..], ("class", "raw"));
        }
    }

    private static void WriteTrust(HtmlWriter h, AnswerCard card)
    {
        using var line = h.In("p", ("class", "trust"));
        TrustWords.Write(h, card);
        if (card.Fidelity is { } fidelity)
        {
            h.Text($": the surrogate needs {Numbers.Plain(fidelity.NatsPerToken)} nats a token for it, word frequencies {Numbers.Plain(fidelity.UnigramNatsPerToken)}.");
            if (fidelity.HeldOutRank is { } rank)
            {
                h.Text($" It predicts {Numbers.Percent(rank)} of the held-out answers worse than this one.");
            }
        }

        h.Text(card.Abstained ? " The program abstained: what explains the surrogate would explain nothing of the closed model here. A better surrogate may; tda attribute --force scores all the same."
            : card.Forced ? " It was scored by --force."
            : "");
    }

    private static void WriteDocuments(HtmlWriter h, AnswerCard card, string anchor, int others)
    {
        if (card.Documents.Count == 0)
        {
            return;
        }

        var scale = HeatMap.Scale(card.Documents.Select(d => d.Snippet).OfType<HeatText>());
        using var list = h.In("ol", ("class", "behind"));
        foreach (var document in card.Documents)
        {
            using var item = h.In("li", ("id", $"{anchor}-{document.Rank}"));
            using (h.In("p"))
            {
                h.Element("strong", DocumentName.Shown(document.Name, document.Id), ("title", document.Id));
                h.Element("span", DocumentName.TellsSource(document.Name, document.Source) ? " " : $" {document.Source} ", ("class", "quiet"));
                h.Element("span", Figures(document), ("class", "figures"));
            }

            if (Why(document) is { } why)
            {
                h.Element("p", why, ("class", "why"));
            }

            if (document.Snippet is { } snippet)
            {
                HeatMap.WriteSnippet(h, snippet, scale);
            }

            if (document.AlsoFirst > 0)
            {
                h.Element("p", $"It is among the first of {document.AlsoFirst} of the {others} other answers too{(2 * document.AlsoFirst > others ? ": it is behind most, and explains none in particular" : "")}.", ("class", "meta"));
            }
        }
    }

    private static string Figures(ReportDocument document)
    {
        var z = document.Z is null ? "" : $", z {Numbers.Deviations(document.Z)}";
        var size = document.Calibrated is { } change
            ? $", {Numbers.Score(change.Nats)} nats if removed ({Numbers.Score(change.Interval.Low)} to {Numbers.Score(change.Interval.High)})"
            : "";
        return $"{Numbers.Percent(document.Share)}{z}{size}";
    }

    /// <summary>Why this document, as a sentence of its strongest phrases; null without token scores.</summary>
    internal static string? Why(ReportDocument document)
    {
        if (document.Phrases.Count == 0)
        {
            return null;
        }

        string[] quoted = [.. document.Phrases.Select(phrase => $"“{phrase.Text}”")];
        var listed = quoted.Length == 1 ? quoted[0] : $"{string.Join(", ", quoted[..^1])} and {quoted[^1]}";
        return $"Mostly for {listed}, {Numbers.Percent(document.Phrases.Sum(phrase => phrase.Share))} of all that speaks for it.";
    }

    private static void WriteRows(HtmlWriter h, AnswerCard card)
    {
        if (card.Rows is not [var first, var last])
        {
            return;
        }

        using var line = h.In("p", ("class", "meta"));
        h.Text($"The {Numbers.Whole(last - first + 1)} strongest documents: ");
        h.Element("a", RankingCsv.FileName, ("href", RankingCsv.FileName));
        h.Text($", lines {Numbers.Whole(first)} to {Numbers.Whole(last)}.");
    }
}
