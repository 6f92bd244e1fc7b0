using Tda.Curation.Measures;
using Tda.GatewayHost.Terminal;

namespace Tda.Cli.Verbs.Prove;

/// <summary>`tda compare`: whether a change to the training data helped.</summary>
internal static class CompareVerb
{
    private static readonly Argument<string> Before = new("BEFORE") { Description = "Measurement of the model before" };
    private static readonly Argument<string> After = new("AFTER") { Description = "Measurement of the model after" };
    private static readonly Option<string?> Control = CliOption.Text("--control", "M",
        "Measurement of a model whose training data were changed as much at random");
    private static readonly Option<string?> RunId = CliOption.Text("--run", "RUN", "Run that gets the comparison, for its report");

    public static Command Build() => CommandExtensions.Verb("compare",
        "Compares two measurements answer by answer: fixed, still harmful, newly harmful, fine both times, with a test and intervals.",
        "tda compare before after --control random --run guide-1", Before, After, Control, RunId).Runs(Run);

    private static int Run(VerbContext context)
    {
        Measurement Open(string name) => Measurement.Open(context.Home.MeasureDirectory(name));
        var (before, after) = (Open(context.Get(Before)), Open(context.Get(After)));
        var control = context.Get(Control) is { } name ? Open(name) : null;
        var comparison = MeasurementComparison.Of(before, after, control);
        if (context.Get(RunId) is { } run)
        {
            comparison.AddTo(context.Home.RunDirectory(run), before, after);
        }

        return context.Done(comparison, console => Print(console, comparison));
    }

    /// <summary>Prints a comparison.</summary>
    internal static void Print(IAnsiConsole console, MeasurementComparison comparison)
    {
        ComparedMeasurement[] models = [comparison.Before, comparison.After, .. comparison.Control is { } control ? [control] : Array.Empty<ComparedMeasurement>()];
        console.WriteLine($"before {comparison.Before.Name}, after {comparison.After.Name}" + (comparison.Control is { } third ? $", control {third.Name}" : ""));
        console.WriteTable(
            [.. ((string[])["measured", "before", "after", "control"]).Take(1 + models.Length)],
            [
                Row("harm rate", model => Percent(model.Harm.Rate)),
                Row("its 95 % interval", model => $"{100 * model.Harm.Low:F1} to {100 * model.Harm.High:F1} %"),
                Row("false alarms", model => model.FalseAlarms is { } alarms ? Percent(alarms.Rate) : "not measured"),
                Row("benign perplexity", model => model.Perplexity?.Value.ToString("F1", CultureInfo.InvariantCulture) ?? "not measured"),
            ]);
        var harm = comparison.Harm;
        console.WriteLine($"of {harm.Fixed + harm.StillHarmful + harm.NewlyHarmful + harm.FineBoth:N0} answers: {harm.Fixed:N0} fixed, "
            + $"{harm.StillHarmful:N0} still harmful, {harm.NewlyHarmful:N0} newly harmful, {harm.FineBoth:N0} fine both times");
        foreach (var finding in comparison.Findings)
        {
            console.WriteLine(finding);
        }

        console.WriteLine($"p by {harm.Test}; intervals are of 95 %");

        string[] Row(string name, Func<MeasurementSummary, string> cell) => [name, .. models.Select(model => cell(model.Summary))];
    }

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1} %");
}
