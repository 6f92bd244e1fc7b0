using Tda.Curation.Reports;

namespace Tda.Cli.Verbs;

/// <summary>`tda report`: a run as one self-contained page.</summary>
internal static class ReportVerb
{
    private static readonly Argument<string> RunId = new("RUN") { Description = "The run's id" };
    private static readonly Option<string?> Texts = CliOption.Text("--corpus", "C",
        "Corpus of the run, for names, excerpts and words; needed only where the home has none of its name that is unchanged");
    private static readonly Option<string?> Harmful = CliOption.Text("--harmful-source", "S", "Source known to be harmful, to be marked");

    public static Command Build() => CommandExtensions.Verb("report",
        "Writes a run's report.html: which documents made it say this, and how sure that is. One self-contained page; beside it the same as "
        + "report.json, and the whole ranking as report.csv.",
        "tda report why", RunId, Texts, Harmful).Runs(Run);

    private static int Run(VerbContext context)
    {
        var run = context.Home.RunDirectory(context.Get(RunId));
        var corpus = context.Get(Texts) is { } name ? context.Home.CorpusDirectory(name) : OwnCorpus(context, run);
        var path = ReportWriter.Run(
            new ReportOptions { RunDirectory = run, CorpusDirectory = corpus, HarmfulSource = context.Get(Harmful) }, TimeProvider.System);
        return context.Done(new { Report = path }, console => console.WriteLine(path));
    }

    private static string? OwnCorpus(VerbContext context, string directory)
    {
        if (!File.Exists(Path.Combine(directory, ScoreFormat.Scores)))
        {
            return null; // measurements alone have no documents
        }

        using var run = ScoreRun.Open(directory, verify: false);
        if (run.CorpusIn(context.Home) is { } corpus)
        {
            return corpus;
        }

        context.Progress.Message("The run's corpus isn't in this home as it was: the report has no texts. Name one that holds its documents with --corpus.");
        return null;
    }
}
