using Tda.Gateway.Operations;

namespace Tda.Gateway.Pages;

/// <summary>What all pages share: head, navigation and the health strip.</summary>
internal static class Layout
{
    public static Task WriteAsync(
        HttpContext context, HealthReport health, string title, Html main, int status = StatusCodes.Status200OK) =>
        WriteDocumentAsync(context, status, title, Html.Of($"""
            <a class="skip" href="#main">Skip to content</a>
            <header>
            <nav aria-label="Pages"><strong>Tda</strong> <a href="/">Exchanges</a> <a href="/usage">Usage</a> <a href="/runs">Runs</a></nav>
            {HealthStrip(health)}
            </header>
            <main id="main">
            <h1>{title}</h1>
            {main}
            </main>
            """));

    /// <summary>Answers with a page without the frame, whose health strip is not for everyone.</summary>
    public static Task WriteDocumentAsync(HttpContext context, int status, string title, Html body)
    {
        var page = Html.Of($"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{title} – Tda</title>
            <link rel="stylesheet" href="/style.css">
            </head>
            <body>
            {body}
            </body>
            </html>
            """);
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(page.Markup, context.RequestAborted);
    }

    /// <summary>Bytes for people.</summary>
    public static string Size(long bytes)
    {
        string[] units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
        double size = bytes;
        var unit = 0;
        while (size >= 1024 && unit < units.Length - 1)
        {
            size /= 1024;
            unit++;
        }

        return FormattableString.Invariant($"{Math.Round(size, 1)} {units[unit]}");
    }

    private static Html HealthStrip(HealthReport health) => Html.Of($"""
        <p class="health {health.Status}" role="status">
        <span>Log {health.Status}:</span>
        <span><b>{health.Forwarded}</b> forwarded =</span>
        <span><b>{health.Recorded}</b> recorded +</span>
        <span><b>{health.Pending}</b> pending +</span>
        <span><b>{health.DeclaredDrops}</b> dropped +</span>
        <span><b>{health.InFlight}</b> in flight</span>
        {Html.If(health.Difference != 0, () => Html.Of($"<span><b>{health.Difference}</b> unaccounted for</span>"))}
        {Html.If(health.LagSeconds >= 1, () => Html.Of($"<span>store {health.LagSeconds:F0} s behind</span>"))}
        {Html.If(health.LastGap is not null, () => Html.Of($"<span>last gap {health.LastGap!.Value:u}</span>"))}
        {Html.If(health.DiskFreeBytes is not null, () => Html.Of($"<span>{Size(health.DiskFreeBytes!.Value)} of disk left</span>"))}
        {Html.Join(health.Reasons.Select(reason => Html.Of($"<span>{reason}</span>")))}
        </p>
        """);
}
