using Tda.Curation.Plans;
using Tda.GatewayHost.Terminal;

namespace Tda.Cli.Verbs.Curate;

/// <summary>What a curation did or would do, as a terminal shows it.</summary>
internal static class CurationTable
{
    private const string Indent = "  ";

    /// <summary>A dry run: stages, samples, sources.</summary>
    public static void Write(IAnsiConsole console, CurationPreview preview)
    {
        var summary = preview.Summary;
        WriteStages(console, summary);
        foreach (var stage in summary.Stages)
        {
            foreach (var reason in stage.Reasons)
            {
                WriteSamples(console, stage, reason, [.. preview.Of(stage, reason)]);
            }
        }

        console.WriteLine();
        console.WriteTable(["source", "documents", "dropped", "masked", "tokens masked", "weighed"], summary.Sources.Select(source => (string[])
        [
            source.Source, $"{source.Documents:N0}", $"{source.Dropped:N0}", $"{source.Masked:N0}", $"{source.MaskedTokens:N0}", $"{source.Weighed:N0}",
        ]));
        foreach (var note in summary.Notes)
        {
            WriteWrapped(console, $"note: {note}");
        }

        if (preview.Stopped is { } stopped)
        {
            WriteWrapped(console, $"a run would stop here: {stopped}");
        }

        console.WriteLine("nothing was made: this was a dry run");
    }

    /// <summary>A row for the corpus, and for each reason of each stage.</summary>
    public static void WriteStages(IAnsiConsole console, CurationSummary summary) =>
        console.WriteTable(["stage", "decision", "documents", "share", "left", "words left"], Rows(summary));

    /// <summary>The same before an error.</summary>
    public static void Tell(IProgressSink progress, CurationSummary summary)
    {
        foreach (var row in Rows(summary))
        {
            progress.Message(Indent + string.Join(Indent, row.Where(cell => cell.Length > 0)));
        }
    }

    /// <summary>What one should know of a curation that was written.</summary>
    public static void Warn(IProgressSink progress, CurationSummary summary)
    {
        foreach (var note in summary.Notes)
        {
            progress.Message($"tda: warning: {note}");
        }

        if (summary.Notes.Count > 0)
        {
            foreach (var source in summary.Sources)
            {
                progress.Message($"{Indent}{source.Source}: {source.Dropped:N0} of {source.Documents:N0} dropped");
            }
        }
    }

    /// <summary>A share as a table shows it.</summary>
    internal static string Share(double part, double whole) =>
        whole > 0 ? string.Create(CultureInfo.InvariantCulture, $"{100 * part / whole:0.0}%") : "–";

    private static IEnumerable<string[]> Rows(CurationSummary summary)
    {
        yield return [summary.Corpus, "", "", "", $"{summary.Documents:N0}", $"{summary.Words:N0}"];
        foreach (var stage in summary.Stages)
        {
            var (name, left, words) = ($"{stage.Stage} {stage.Kind}", $"{stage.DocumentsLeft:N0}", $"{stage.WordsLeft:N0}");
            foreach (var (i, reason) in stage.Reasons.Index())
            {
                yield return
                [
                    i == 0 ? name : "", reason.Reason == stage.Kind ? reason.Action : $"{reason.Action} {reason.Reason}",
                    $"{reason.Documents:N0}", Share(reason.Documents, stage.Documents), i == 0 ? left : "", i == 0 ? words : "",
                ];
            }

            if (stage.Reasons.Count == 0)
            {
                yield return [name, "nothing", "0", Share(0, stage.Documents), left, words];
            }
        }
    }

    private static void WriteSamples(IAnsiConsole console, StageSummary stage, ReasonSummary reason, StageSample[] samples)
    {
        if (samples.Length == 0)
        {
            return;
        }

        var what = reason.Reason == stage.Kind ? reason.Action : $"{reason.Action} {reason.Reason}";
        console.WriteLine();
        console.WriteLine($"{stage.Stage} {stage.Kind}, {what}: {samples.Length:N0} of {reason.Documents:N0}");
        foreach (var sample in samples)
        {
            var figures = Figures(sample.Decision);
            WriteCut(console, Indent, $"{(figures.Length > 0 ? $"[{figures}] " : "")}{Named(sample.Document)}");
            WriteCut(console, Indent + Indent, sample.Document.Excerpt);
            if (sample.Decision.Evidence is { } evidence)
            {
                WriteCut(console, Indent + Indent, $"hit: {evidence}");
            }

            if (sample.Twin is { } twin)
            {
                WriteCut(console, Indent, $"twin {Named(twin)}");
                WriteCut(console, Indent + Indent, twin.Excerpt);
            }

            if (sample.Decision.Override is { } reviewer)
            {
                WriteCut(console, Indent + Indent, reviewer);
            }
        }
    }

    /// <summary>What was measured, beside what it was compared with.</summary>
    internal static string Figures(LedgerEntry decision) => (decision.Value, decision.Threshold) switch
    {
        // A mask's value counts its tokens; its threshold is a score.
        ({ } value, _) when decision.Action == "mask" => string.Create(CultureInfo.InvariantCulture, $"{value:0.####} tokens"),
        ({ } value, { } threshold) => string.Create(CultureInfo.InvariantCulture, $"{value:0.####} against {threshold:0.####}"),
        ({ } value, null) => string.Create(CultureInfo.InvariantCulture, $"{value:0.####}"),
        _ => "",
    };

    /// <summary>A document's id and the name that people know it by.</summary>
    internal static string Named(ShownDocument document)
    {
        var id = DocumentName.Shown(null, document.Id);
        return document.Name is { } name ? $"{id} {name}" : id;
    }

    private static void WriteCut(IAnsiConsole console, string indent, string text)
    {
        var line = indent + string.Join(' ', VisibleText.Plain(text.ReplaceLineEndings(" ")).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries));
        var room = console.Profile.Width;
        console.Profile.Out.Writer.WriteLine(line.Length > room ? line[..(room - 1)] + "…" : line);
    }

    private static void WriteWrapped(IAnsiConsole console, string text)
    {
        foreach (var line in PlainText.Wrapped(text, console.Profile.Width))
        {
            console.Profile.Out.Writer.WriteLine(line);
        }
    }
}
