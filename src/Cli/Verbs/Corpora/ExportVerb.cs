using Tda.Curation.Exports;

namespace Tda.Cli.Verbs.Corpora;

/// <summary>`tda export`: a run out, as tables for other programs.</summary>
internal static class ExportVerb
{
    private static readonly Argument<string> Which = new("RUN") { Description = "The run's id" };
    private static readonly Option<RunExportFormat?> As = EnumOption.Of<RunExportFormat>("--as", "Format", RunExportFormat.Parquet);
    private static readonly Option<string> Out = CliOption.Required("--out", "DIR", "Folder to write");
    private static readonly Option<bool> Replace = CliOption.Flag("--replace", "Replace an export that is there");

    public static Command Build() => CommandExtensions.Verb("export",
        "Writes a run's scores, top documents, token scores and queries as tables, with a README.md of their columns.",
        "tda export why --out why-tables --as parquet",
        Which, Out, As, Replace).Runs(ExportAsync);

    private static async Task<int> ExportAsync(VerbContext context)
    {
        var path = Path.TrimEndingDirectorySeparator(context.Get(Out));
        var report = await RunExporter.RunAsync(
            new RunExportOptions
            {
                RunDirectory = context.Home.RunDirectory(context.Get(Which)),
                OutputPath = path,
                As = context.Get(As)!.Value,
                Replace = context.Get(Replace),
            },
            TimeProvider.System, context.Progress, context.Cancel);
        return context.Done(report, console =>
        {
            console.WriteLine($"{path}: {string.Join(", ", report.Rows.Select(file => $"{file.Key} ({file.Value:N0} rows)"))}");
        });
    }
}
