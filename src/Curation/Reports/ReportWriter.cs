using Tda.Curation.Rendering;

namespace Tda.Curation.Reports;

/// <summary>`tda report`: builds the report of a run and writes it into the run's directory.</summary>
public static class ReportWriter
{
    public const string FormatName = "tda.report";

    public const int FormatVersion = 1;

    /// <summary>The page.</summary>
    public const string Page = "report.html";

    /// <summary>What the page shows, for machines.</summary>
    public const string Model = "report.json";

    /// <summary>Reads the run, writes report.html, report.json and, of a run with scores, report.csv into it, and returns the path of the page.</summary>
    /// <inheritdoc cref="ReportBuilder.Build"/>
    public static string Run(ReportOptions options, TimeProvider time)
    {
        // 1. Read.
        var model = ReportBuilder.Build(options, time);

        // 2. Render.
        var html = ReportPage.Render(model);

        // 3. Write, and let the run's manifest vouch for all.
        var page = Path.Combine(options.RunDirectory, Page);
        AtomicFile.WriteText(page, html);
        AtomicFile.WriteJson(Path.Combine(options.RunDirectory, Model), model);
        if (model.Provenance.Method is not null)
        {
            using (var run = ScoreRun.Open(options.RunDirectory, verify: false))
            {
                RankingCsv.Write(Path.Combine(options.RunDirectory, RankingCsv.FileName), run);
            }

            ScoreRun.AddFiles(options.RunDirectory, Page, Model, RankingCsv.FileName);
        }

        return page;
    }
}
