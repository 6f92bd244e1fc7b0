using System.Text.Json.Nodes;

namespace Tda.Curation.Exports;

/// <summary>
/// Writes a run as tables for other programs: every document's score for every query, the ranked documents, the token scores and the
/// queries, with a README.md that says what the columns mean.
/// <list type="number">
/// <item>Open the run.</item>
/// <item>Write each table that it has, row by row.</item>
/// <item>Commit tables, README.md and manifest at once.</item>
/// </list>
/// Memory holds a row of the scores and the documents' ids, never their texts.
/// </summary>
public static class RunExporter
{
    internal const string FormatName = "tda.run-export";
    internal const int Version = 1;
    internal const string ReadmeName = "README.md";

    /// <exception cref="UsageException">Something stands at the place already.</exception>
    /// <exception cref="BadInputException">The run is damaged.</exception>
    /// <exception cref="TdaException">The place can't be written or is full; nothing is left there.</exception>
    public static async Task<RunExportReport> RunAsync(
        RunExportOptions options, TimeProvider time, IProgressSink progress, CancellationToken cancellation)
    {
        // 1. The run.
        using var run = ScoreRun.Open(options.RunDirectory);
        ExportTarget.RequireFreeFolder(options.OutputPath, options.Replace, FormatName, Version);
        try
        {
            using var folder = ArtifactDirectory.Create(options.OutputPath, FormatName, Version, time, options.Replace);

            // 2. Its tables.
            var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(run.Directory));
            var rows = new SortedDictionary<string, long>(StringComparer.Ordinal);
            var readme = new StringBuilder($"# {name}\n\nScores of the method {run.Header.Method}, exported by Tda. Sign convention: {ScoreHeader.SignConvention}.\n");
            foreach (var table in RunTables.All)
            {
                var file = $"{table.Name}.{(options.As == RunExportFormat.Parquet ? "parquet" : "jsonl")}";
                using var task = progress.Start($"Exporting {table.Name}", 0, "rows");
                using (var data = new AtomicFileWriter(folder.PathOf(file)))
                {
                    rows[file] = await table.WriteAsync(run, data.Stream, options.As, task, cancellation);
                    data.Commit();
                }

                readme.Append(table.Describe(file, rows[file]));
            }

            // 3. All at once.
            AtomicFile.WriteText(folder.PathOf(ReadmeName), readme.ToString());
            var report = new RunExportReport(name, options.As, rows);
            Describe(folder.Manifest, options, name, report);
            folder.Commit();
            return report;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Failure(options.OutputPath, error);
        }
    }

    private static void Describe(Manifest manifest, RunExportOptions options, string run, RunExportReport report)
    {
        manifest.Command = "tda export";
        manifest.Options = (JsonObject)JsonSerializer.SerializeToNode(new { options.As, options.Replace }, JsonDefaults.Options)!;
        manifest.Inputs[$"runs/{run}/{Manifest.FileName}"] = Hashing.Sha256File(Path.Combine(options.RunDirectory, Manifest.FileName));
        manifest.Details = (JsonObject)JsonSerializer.SerializeToNode(report, JsonDefaults.Options)!;
    }
}

/// <summary>The shape of a run's tables.</summary>
public enum RunExportFormat
{
    /// <summary>Apache Parquet.</summary>
    Parquet,

    /// <summary>JSON Lines.</summary>
    Jsonl,
}

/// <summary>What to export and how.</summary>
public sealed record RunExportOptions
{
    /// <summary>Directory of the run.</summary>
    public required string RunDirectory { get; init; }

    /// <summary>The folder to write.</summary>
    public required string OutputPath { get; init; }

    public required RunExportFormat As { get; init; }

    /// <summary>Whether an export of a run that stands at the place may be replaced.</summary>
    public bool Replace { get; init; }
}

/// <summary>What an export of a run wrote. Also in its manifest, as <c>details</c>.</summary>
/// <param name="Run">The run's name.</param>
/// <param name="As">The shape.</param>
/// <param name="Rows">Files → their rows.</param>
public sealed record RunExportReport(string Run, RunExportFormat As, IReadOnlyDictionary<string, long> Rows);
