using Tda.Curation.Reports;

namespace Tda.Cli.Verbs;

/// <summary>`tda report`: a run as one self-contained page.</summary>
internal static class ReportVerb
{
    private static readonly Argument<string> RunId = new("RUN") { Description = "The run's id" };
    private static readonly Option<string?> Texts = CliOption.Text("--corpus", "C", "Corpus of the run, for excerpts and heat maps");
    private static readonly Option<string?> Harmful = CliOption.Text("--harmful-source", "S", "Source known to be harmful, to be marked");

    public static Command Build() => CommandExtensions.Verb("report",
        "Writes report.html of a run: one self-contained file.", "tda report guide-1 --corpus mail", RunId, Texts, Harmful).Runs(Run);

    private static int Run(VerbContext context)
    {
        var path = ReportWriter.Run(
            new ReportOptions
            {
                RunDirectory = context.Home.RunDirectory(context.Get(RunId)),
                CorpusDirectory = context.Get(Texts) is { } corpus ? context.Home.CorpusDirectory(corpus) : null,
                HarmfulSource = context.Get(Harmful),
            },
            TimeProvider.System);
        return context.Done(new { Report = path }, console => console.WriteLine(path));
    }
}
