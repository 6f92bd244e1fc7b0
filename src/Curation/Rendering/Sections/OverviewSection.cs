using Tda.Curation.Reports;

namespace Tda.Curation.Rendering.Sections;

/// <summary>The first screen: which documents made it say this, and how sure that is.</summary>
internal static class OverviewSection
{
    private const int AnswersShown = 8;
    private const int DocumentsShown = 6;
    private const int AnswerCharacters = 72;

    public static void Write(HtmlWriter h, ReportModel model)
    {
        if (model.Trust is not { } trust)
        {
            return;
        }

        using var section = h.In("section", ("id", "overview"), ("class", "overview"), ("aria-labelledby", "overview-title"));
        using (h.In("div"))
        {
            h.Element("h2", model.Scorecard is null ? "The documents behind it" : "Which documents made it say this?", ("id", "overview-title"));
            if (CardsSection.Has(model))
            {
                WriteAnswers(h, model);
            }
            else
            {
                WriteDocuments(h, model);
            }
        }

        using var panel = h.In("aside", ("class", "panel"), ("aria-labelledby", "trust-title"));
        h.Element("h2", "How sure are you?", ("id", "trust-title"));
        using var list = h.In("ul");
        foreach (var (head, more) in Sentences(model, trust))
        {
            using var item = h.In("li");
            h.Element("strong", head);
            h.Text(" " + more);
        }
    }

    private static void WriteAnswers(HtmlWriter h, ReportModel model)
    {
        var shown = model.Cards.Index().Take(AnswersShown).ToArray();
        Tables.Write(
            h,
            $"{Count(model.Cards.Sum(card => card.IsSet ? card.Answers : 1) + model.CardsLeftOut, "answer")}, each with the strongest of {Numbers.Whole(model.DocumentsScored)} documents",
            [
                new("Answer", Answer) { NamesRow = true },
                new("Its strongest document", First),
                new("Share", (w, row) => Number(w, row, d => Numbers.Percent(d.Share))) { Numeric = true },
                new("z", (w, row) => Number(w, row, d => Numbers.Deviations(d.Z))) { Numeric = true },
                new("Answer is", (w, row) => TrustWords.Write(w, row.Item)),
            ],
            shown);
        if (model.Cards.Count + model.CardsLeftOut > shown.Length)
        {
            using var more = h.In("p", ("class", "meta"));
            h.Element("a", $"and {Count(model.Cards.Count + model.CardsLeftOut - shown.Length, "more answer")}", ("href", "#explained"));
        }
    }

    private static void Answer(HtmlWriter h, (int Index, AnswerCard Item) row)
    {
        using var link = h.In("a", ("href", "#" + CardsSection.Anchor(row.Index)));
        h.Text(row.Item.IsSet ? $"{row.Item.Id}: {Count(row.Item.Answers, "answer")}" : Cut(row.Item.Completion));
    }

    private static void First(HtmlWriter h, (int Index, AnswerCard Item) row)
    {
        if (row.Item.Documents is not [var first, ..])
        {
            h.Text("none: the program abstained");
            return;
        }

        using (h.In("a", ("href", $"#{CardsSection.Anchor(row.Index)}-1"), ("title", first.Id)))
        {
            h.Text(DocumentName.Shown(first.Name, first.Id));
        }

        if (!DocumentName.TellsSource(first.Name, first.Source))
        {
            h.Element("small", first.Source);
        }
    }

    private static void Number(HtmlWriter h, (int Index, AnswerCard Item) row, Func<ReportDocument, string> text) =>
        h.Text(row.Item.Documents is [var first, ..] ? text(first) : "–");

    private static void WriteDocuments(HtmlWriter h, ReportModel model)
    {
        if (model.Documents.Count == 0)
        {
            h.Element("p", "None could be named: the program abstained from every answer, because the surrogate doesn't predict them.");
            return;
        }

        Tables.Write(
            h,
            $"The strongest of {Numbers.Whole(model.DocumentsScored)} documents, over {Count(model.Queries, "answer")}",
            [
                Column<ReportDocument>.Number("Rank", d => Numbers.Whole(d.Rank)),
                new("Document", DocumentsSection.Name) { NamesRow = true },
                Column<ReportDocument>.Number("Share", d => Numbers.Percent(d.Share)),
                Column<ReportDocument>.Number("z", d => Numbers.Deviations(d.Z)),
                Column<ReportDocument>.Text("Strongest words", d => d.Phrases is [var first, ..] ? $"“{Cut(first.Text)}”" : "no token scores"),
            ],
            model.Documents.Take(DocumentsShown));
        if (model.Cards is [{ IsSet: true } set])
        {
            CardsSection.WriteExchange(h, set);
        }
    }

    private static IEnumerable<(string Head, string More)> Sentences(ReportModel model, ReportTrust trust)
    {
        var asked = trust.Explained + trust.Abstained;
        if (trust.Fidelity is [var low, var median, var high])
        {
            var word = TrustWords.Of(median, abstained: false).Word;
            yield return ($"{(asked == 1 ? "The answer is" : "Answers are")} {word}", asked == 1
                ? $"by the surrogate (fidelity {TrustWords.Fidelity(median)})."
                : $"by the surrogate: median fidelity {TrustWords.Fidelity(median)}, from {TrustWords.Fidelity(low)} to {TrustWords.Fidelity(high)}.");
        }
        else if (trust.Explained > 0)
        {
            yield return ("Fidelity wasn't measured", "in this kind of run: tda evaluate fidelity says how well the surrogate predicts held-out answers.");
        }

        if (trust.Abstained > 0)
        {
            yield return ($"{Numbers.Whole(trust.Abstained)} of {Numbers.Whole(asked)} not explained:", "the surrogate predicts them worse than word frequencies do.");
        }

        if (trust.Forced > 0)
        {
            yield return ($"{Numbers.Whole(trust.Forced)} explained by force:", "the surrogate doesn't predict them, so what explains it may not explain the closed model.");
        }

        if (trust.Explained == 0)
        {
            yield break;
        }

        foreach (var warning in trust.Checks?.Warnings ?? [])
        {
            yield return ("Not sure:", warning + ".");
        }

        if (trust.Checks is { } checks)
        {
            yield return ("The order was checked:", checks.Summary + ".");
        }

        if (trust.MeasuredSubsets is { } subsets)
        {
            yield return ("Sizes were measured", $"by retraining on {Numbers.Whole(subsets)} subsets of the documents; nats have their 95 % interval, and are of models trained on subsets of that size.");
        }
        else
        {
            yield return trust.Members > 1
                ? ($"Mean of {Numbers.Whole(trust.Members)} surrogates;", "intervals are of 95 % over them.")
                : ("One model was asked,", "so the order has no interval.");
            yield return Sizes(trust);
        }

        if (trust.TopTen is { } ten)
        {
            yield return ("Ten documents hold", $"{Numbers.Percent(ten)} of the positive influence on an answer (median): {(ten >= .5 ? "a few documents explain it." : "it comes from many places.")}");
        }

        yield return ("z", "says how many standard deviations a document lies above one drawn at random from the corpus.");
        yield return (SourcesSection.Caution + ".", "");
    }

    private static (string Head, string More) Sizes(ReportTrust trust) => trust.Calibration is { } fit
        ? ("Sizes are calibrated", $"on {Numbers.Whole(fit.Pairs)} measured changes, of whose variance the fit explains {Numbers.Percent(fit.R2)}. Nats have the 95 % interval of the expected change; one retraining differs from that by about ±{Numbers.Plain(1.96 * fit.ResidualDeviation)}.")
        : ("Sizes are uncalibrated.", "Share and z compare documents; how much an answer would change without one they don't say.");

    private static string Cut(string text)
    {
        var line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= AnswerCharacters ? line : line[..(char.IsHighSurrogate(line[AnswerCharacters - 1]) ? AnswerCharacters - 1 : AnswerCharacters)] + "…";
    }

    private static string Count(long count, string noun) => count == 1 ? $"1 {noun}" : $"{Numbers.Whole(count)} {noun}s";
}
