using Tda.Curation.Plans;

namespace Tda.Curation.Rendering;

/// <summary>A dry run as one page that needs nothing else: the table stage by stage, and samples for every reason.</summary>
public static class CurationPage
{
    /// <summary>The page.</summary>
    public static string Render(CurationPreview preview)
    {
        var summary = preview.Summary;
        return HtmlPage.Render($"What {summary.Corpus} would become", h =>
        {
            Header(h, preview);
            using var main = h.In("main", ("id", "main"));
            Stages(h, summary);
            foreach (var stage in summary.Stages.Where(HasSamples))
            {
                Samples(h, preview, stage);
            }

            Sources(h, summary);
        });
    }

    private static void Header(HtmlWriter h, CurationPreview preview)
    {
        var summary = preview.Summary;
        using var header = h.In("header", ("class", "page brief"));
        using (h.In("p", ("class", "eyebrow")))
        {
            h.Text("Tda dry run · corpus ");
            h.Element("code", summary.Corpus);
        }

        h.Element("h1", $"What {summary.Corpus} would become");
        h.Element("p", $"{Numbers.Whole(summary.DocumentsLeft)} of {Numbers.Whole(summary.Documents)} documents would stay, and {Numbers.Whole(summary.WordsLeft)} of {Numbers.Whole(summary.Words)} words.", ("class", "lead"));
        if (preview.Stopped is { } stopped)
        {
            using var box = h.In("div", ("class", "verdict missed"), ("role", "note"), ("aria-label", "Verdict"));
            h.Element("p", "A run would stop", ("class", "headline"));
            h.Element("p", stopped);
        }

        foreach (var note in summary.Notes)
        {
            h.Element("p", Numbers.Capital(note) + ".", ("class", "caution open"));
        }

        using var nav = h.In("nav", ("aria-label", "Contents"));
        using var list = h.In("ol");
        (string Id, string Title)[] sections =
            [("stages", "Stage by stage"), .. summary.Stages.Where(HasSamples).Select(stage => (IdOf(stage), TitleOf(stage))), ("sources", "Sources")];
        foreach (var (id, title) in sections)
        {
            using var item = h.In("li");
            h.Element("a", title, ("href", "#" + id));
        }
    }

    private static bool HasSamples(StageSummary stage) => stage.Reasons.Count > 0;

    private static string IdOf(StageSummary stage) => FormattableString.Invariant($"stage-{stage.Stage}");

    private static string TitleOf(StageSummary stage) => FormattableString.Invariant($"{stage.Stage} {InWords(stage.Kind)}");

    private static void Stages(HtmlWriter h, CurationSummary summary)
    {
        using var section = h.In("section", ("id", "stages"), ("aria-labelledby", "stages-title"));
        h.Element("h2", "Stage by stage", ("id", "stages-title"));
        Tables.Write(h, "Documents and words that each stage is given and leaves. A word is a run of characters without white space.",
        [
            new Column<StageSummary>("Stage", (writer, stage) =>
            {
                writer.Text(TitleOf(stage));
                writer.Element("span", stage.Rule, ("class", "id"));
            }) { NamesRow = true },
            Column<StageSummary>.Number("Documents in", stage => Numbers.Whole(stage.Documents)),
            Column<StageSummary>.Number("Left", stage => Numbers.Whole(stage.DocumentsLeft)),
            Column<StageSummary>.Number("Dropped", stage => Share(stage.Documents - stage.DocumentsLeft, stage.Documents)),
            Column<StageSummary>.Number("Words in", stage => Numbers.Whole(stage.Words)),
            Column<StageSummary>.Number("Words left", stage => Numbers.Whole(stage.WordsLeft)),
            new Column<StageSummary>("Reasons", (writer, stage) => writer.Text(stage.Reasons.Count == 0 ? "none" : string.Join(", ", stage.Reasons.Select(reason => InWords(reason, stage))))),
        ], summary.Stages);
    }

    private static void Samples(HtmlWriter h, CurationPreview preview, StageSummary stage)
    {
        var id = IdOf(stage);
        using var section = h.In("section", ("id", id), ("aria-labelledby", id + "-title"));
        h.Element("h2", TitleOf(stage), ("id", id + "-title"));
        h.Element("p", stage.Rule, ("class", "quiet"));
        foreach (var reason in stage.Reasons)
        {
            h.Element("h3", $"{Numbers.Capital(InWords(reason, stage))} ({Share(reason.Documents, stage.Documents)} of what it is given)");
            foreach (var sample in preview.Of(stage, reason))
            {
                Sample(h, sample);
            }
        }
    }

    private static void Sample(HtmlWriter h, StageSample sample)
    {
        var (decision, document, twin) = sample;
        using var article = h.In("details", ("class", "card"));
        using (h.In("summary"))
        {
            h.Text($"{DocumentName.Shown(document.Name, document.Id)} · {document.Source} · {Numbers.Whole(document.Words)} words");
            if (decision.Value is { } value)
            {
                var isMask = decision.Action == "mask"; // whose value counts its tokens, and whose threshold is a score
                h.Element("span", isMask ? $"{Numbers.Whole(value)} tokens" : decision.Threshold is { } threshold ? $"{Numbers.Whole(value)} against {Numbers.Whole(threshold)}" : Numbers.Whole(value), ("class", "figures"));
            }
        }

        using (h.In("p", ("class", "id")))
        {
            h.Element("code", document.Id);
        }

        if (decision.Evidence is { } evidence)
        {
            h.Element("h4", twin is null ? "What it hit" : "What both share");
            h.Element("p", evidence, ("class", "raw"));
        }

        if (decision.Override is { } reviewer)
        {
            h.Element("p", $"Reviewer: {reviewer}", ("class", "meta"));
        }

        using var pair = h.In("div", ("class", twin is null ? null : "pair"));
        Text(h, twin is null ? null : "The document", document);
        if (twin is not null)
        {
            Text(h, $"Its twin: {DocumentName.Shown(twin.Name, twin.Id)} · {twin.Source} · {Numbers.Whole(twin.Words)} words", twin);
        }
    }

    private static void Text(HtmlWriter h, string? heading, ShownDocument document)
    {
        using var column = h.In("div");
        if (heading is not null)
        {
            h.Element("h4", heading);
        }

        h.Element("p", document.Excerpt, ("class", "raw"));
    }

    private static void Sources(HtmlWriter h, CurationSummary summary)
    {
        using var section = h.In("section", ("id", "sources"), ("aria-labelledby", "sources-title"));
        h.Element("h2", "Sources", ("id", "sources-title"));
        Tables.Write(h, "What would become of each source's documents.",
        [
            Column<SourceSummary>.Name("Source", source => source.Source),
            Column<SourceSummary>.Number("Documents", source => Numbers.Whole(source.Documents)),
            Column<SourceSummary>.Number("Dropped", source => $"{Numbers.Whole(source.Dropped)} ({Share(source.Dropped, source.Documents)})"),
            Column<SourceSummary>.Number("Masked", source => Numbers.Whole(source.Masked)),
            Column<SourceSummary>.Number("Tokens masked", source => Numbers.Whole(source.MaskedTokens)),
            Column<SourceSummary>.Number("Weighed", source => Numbers.Whole(source.Weighed)),
        ], summary.Sources);
    }

    private static string InWords(ReasonSummary reason, StageSummary stage)
    {
        var done = reason.Action switch { "drop" => "dropped", "mask" => "masked", "weight" => "weighed", _ => "kept" };
        return $"{done}{(reason.Reason == stage.Kind ? "" : ", " + InWords(reason.Reason))}: {Numbers.Whole(reason.Documents)}";
    }

    private static string InWords(string snake) => snake.Replace('_', ' ');

    private static string Share(double part, double whole) => whole > 0 ? Numbers.Percent(part / whole) : "–";
}
