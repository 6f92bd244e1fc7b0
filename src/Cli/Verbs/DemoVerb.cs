using System.Diagnostics;
using Tda.Cli.Demo;
using Tda.Curation.Measures;
using Tda.Gateway;
using Tda.GatewayHost.Terminal;

namespace Tda.Cli.Verbs;

/// <summary>`tda demo`: the whole loop on real data.</summary>
internal static class DemoVerb
{
    private static readonly Option<int> Seed = CliOption.Optional<int>("--seed", "N", "Seed of splits, weights, sampling and controls");
    private static readonly Option<bool> Tiny = CliOption.Flag("--tiny", "Every step in seconds on toy sizes; the figures mean nothing");
    private static readonly Option<bool> NoPage = CliOption.Flag("--no-page", "Don't open the reviewer's desk at the end");

    public static Command Build() => CommandExtensions.Verb("demo",
        "Runs the whole loop on real mail and speeches: log, distil, trace, curate, retrain, ask again. Stopped, it goes on where it was.",
        "tda demo --home /tmp/tda-demo", Seed, Tiny, NoPage).Runs(RunAsync).Resumes();

    private static async Task<int> RunAsync(VerbContext context)
    {
        var start = Stopwatch.GetTimestamp();
        var options = (context.Get(Tiny) ? DemoOptions.Tiny : new DemoOptions()) with { Seed = context.Get(Seed) };
        var result = await DemoRunner.RunAsync(context, options);
        var seconds = $"{Stopwatch.GetElapsedTime(start).TotalSeconds:N0} s";
        var code = context.Done(result, console => Print(console, result, seconds));
        // A person is looking: leave the page open until they have seen enough.
        if (!context.Json && !context.Get(NoPage) && !Console.IsOutputRedirected && !Console.IsInputRedirected)
        {
            await OpenPageAsync(context, result);
        }

        return code;
    }

    private static void Print(IAnsiConsole console, DemoResult result, string seconds)
    {
        console.WriteTable(["measured", "value", "asked", "met"], result.Scorecard.Lines.Select(line => (string[])
            [line.Name, Value(line, line.Value), Asked(line), Met(line)]));
        var verdict = Verdict.Of(result.Scorecard);
        console.WriteLine(verdict.Headline);
        console.WriteLine(verdict.Detail);
        console.WriteLine($"Report: {PlainText.ShortPath(result.Report)} ({seconds}); every command: {PlainText.ShortPath(result.Commands)}");
    }

    private static string Value(ScorecardLine line, double value) => line.Unit switch
    {
        "share" => $"{100 * value:F1} %",
        "count" => $"{value:N0}",
        _ => $"{value:F3}",
    };

    private static string Asked(ScorecardLine line)
    {
        var sign = line.Direction switch { Direction.AtLeast => "≥", Direction.AtMost => "≤", _ => "=" };
        return (line.Threshold, line.Goal) switch
        {
            ({ } threshold, { } goal) => $"{sign} {Value(line, threshold)} (goal {sign} {Value(line, goal)})",
            ({ } threshold, null) => $"{sign} {Value(line, threshold)}",
            (null, { } goal) => $"goal {sign} {Value(line, goal)}",
            _ => "",
        };
    }

    private static string Met(ScorecardLine line) => line.ThresholdMet() switch
    {
        null => line.GoalMet() switch { true => "goal yes", false => "goal not", null => "" },
        false => "NOT MET",
        true => line.GoalMet() switch { true => "yes, goal too", false => "yes, goal not", null => "yes" },
    };

    /// <summary>Logs in, and goes on to the first harmful answer that nobody has decided on.</summary>
    internal static string DeskLink(GatewayServer page) => $"{page.PagesLink}&next=%2Fdesk%2Fharm%2Fnext";

    private static async Task OpenPageAsync(VerbContext context, DemoResult result)
    {
        // Nothing is forwarded from here: the page only shows what was recorded.
        await using var page = await GatewayServer.StartAsync(
            new GatewayOptions { Upstream = "http://127.0.0.1:9", Listen = "http://127.0.0.1:0", Home = context.Home.Root }, cancellationToken: context.Cancel);
        Console.Error.WriteLine("The desk, with the first harmful answer ready to decide (the link is good once; Ctrl+C closes it):");
        Console.Error.WriteLine(DeskLink(page));
        Console.Error.WriteLine($"The report, once you are in: {page.Url}runs/{result.Run}");
        try
        {
            await Task.Delay(Timeout.Infinite, context.Cancel);
        }
        catch (OperationCanceledException)
        {
            // The demo is done; closing the page is its normal end.
        }
    }
}
