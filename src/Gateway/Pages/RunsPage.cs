namespace Tda.Gateway.Pages;

/// <summary>The runs of a home and their reports.</summary>
internal static class RunsPage
{
    private const string ReportName = "report.html";

    // A report is self-contained: its styles and images are inside it, and it may load and run nothing.
    private const string ReportPolicy =
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static Html Render(TdaHome home)
    {
        var root = new DirectoryInfo(home.RunsDirectory);
        List<DirectoryInfo> runs = root.Exists
            ? [.. root.GetDirectories().Where(run => Directory(home, run.Name) is not null).OrderByDescending(run => run.LastWriteTimeUtc)]
            : [];
        return runs.Count == 0
            ? Html.Of($"<p>No run yet: <code>tda attribute</code> makes one.</p>")
            : Html.Of($"""
                <table><caption>Runs, newest first</caption>
                <thead><tr><th scope="col">Run</th><th scope="col">Changed (UTC)</th><th scope="col">Report</th></tr></thead>
                <tbody>{Html.Join(runs.Select(Row))}</tbody></table>
                """);
    }

    /// <summary>The path of a run's report; null when the id is none or the run has no report.</summary>
    public static string? ReportPath(TdaHome home, string id) =>
        Directory(home, id) is { } directory && Path.Combine(directory, ReportName) is var path && File.Exists(path) ? path : null;

    public static Task SendReportAsync(HttpContext context, string path)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.ContentSecurityPolicy = ReportPolicy;
        return context.Response.SendFileAsync(path, context.RequestAborted);
    }

    private static string? Directory(TdaHome home, string id)
    {
        try
        {
            return home.RunDirectory(id);
        }
        catch (UsageException)
        {
            // Not a name that a run can have, such as one that leads out of the home.
            return null;
        }
    }

    private static Html Row(DirectoryInfo run) => Html.Of($"""
        <tr><th scope="row">{run.Name}</th><td>{run.LastWriteTimeUtc:yyyy-MM-dd HH:mm:ss}</td><td>{Report(run)}</td></tr>
        """);

    private static Html Report(DirectoryInfo run) => File.Exists(Path.Combine(run.FullName, ReportName))
        ? Html.Of($"<a href=\"/runs/{run.Name}\">report of {run.Name}</a>")
        : Html.Of($"none yet: <code>tda report {run.Name}</code>");
}
