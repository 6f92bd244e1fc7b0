using Tda.Cli.Proving;
using Tda.Curation.Measures;
using Tda.GatewayHost.Terminal;
using Tda.Lab.Models;
using Tda.Labels.Judges;

namespace Tda.Cli.Verbs.Prove;

/// <summary>`tda curve`: harm against fluency over λ, from one training.</summary>
internal static class CurveVerb
{
    private static readonly Option<string?> Lab = CliOption.Text("--lab", "L", "A lab model trained with --response-over");
    private static readonly Option<string?> Surrogate = CliOption.Text("--surrogate", "S", "A surrogate distilled with --response-over");
    private static readonly Option<string?> At = CliOption.Text("--at", "λ,λ,…", "The λ to measure at; default five, from end to end of the range");
    private static readonly Option<string[]> Beside = new("--beside")
    { Description = "A measurement of a model trained at this λ alone, to show beside the curve; may be given several times", HelpName = "λ=M" };
    private static readonly Option<int> Seed = CliOption.Optional<int>("--seed", "N", "Seed of the answers");
    private static readonly Option<string> Out = CliOption.Required("--out", "M", "The measurements' name: M-at-0.1 and so on");
    private static readonly Option<string?> RunId = CliOption.Text("--run", "RUN", "Run that gets the curve, for its report");
    private static readonly Option<bool> Replace = CliOption.Flag("--replace", "Replace measurements of these names");

    public static Command Build() => CommandExtensions.Verb("curve",
        "Measures harm rate and benign perplexity over the mask's λ, of a model that was trained once for all of them. Goes on where a stopped one left off.",
        "tda curve --lab over --prompts risky.jsonl --benign benign.jsonl --judge spam --out curve --at 0.2,0.5,2 --run guide-1",
        Lab, Surrogate, At, MeasuringOptions.Prompts, MeasuringOptions.Benign, MeasuringOptions.Judge, Beside,
        MeasuringOptions.Choices, MeasuringOptions.Temperature, MeasuringOptions.MaxTokens, Seed, Out, RunId, Replace, JobCost.Yes).Runs(RunAsync).Resumes()
        .Grouped("The model", Lab, Surrogate, At)
        .Grouped("How it is asked", [.. MeasuringOptions.Asking, Seed]);

    private static async Task<int> RunAsync(VerbContext context)
    {
        if (context.Get(Lab) is null == context.Get(Surrogate) is null)
        {
            throw new UsageException("Name one model: --lab L or --surrogate S");
        }

        context.ConfigureEngine();
        var options = new CurveOptions
        {
            Home = context.Home,
            Lab = context.Get(Lab),
            Surrogate = context.Get(Surrogate),
            Penalties = [.. (context.Get(At)?.Split(',') ?? []).Select(text => Number(text, "--at"))],
            Beside = BesideOf(context),
            Measure = MeasuringOptions.Read(context, context.Get(Out), context.Get(Seed)) with { Replace = context.Get(Replace) },
            Out = context.Get(Out),
            Run = context.Get(RunId),
        };
        var judge = KnownJudges.Open(context.Home, context.Get(MeasuringOptions.Judge));
        await AnnounceAsync(context, options);
        var curve = await ResponseCurve.RunAsync(options, judge, context.Progress, context.Cancel);
        return context.Done(curve, console => Print(console, curve, options));
    }

    private static Dictionary<double, string> BesideOf(VerbContext context)
    {
        var beside = new Dictionary<double, string>();
        foreach (var text in context.Get(Beside) ?? [])
        {
            var at = text.IndexOf('=', StringComparison.Ordinal);
            if (at < 1 || at == text.Length - 1 || !beside.TryAdd(Number(text[..at], "--beside"), text[(at + 1)..]))
            {
                throw new UsageException($"--beside {text}: give a λ and a measurement, such as 0.5=trained, each λ once");
            }
        }

        return beside;
    }

    private static double Number(string text, string option) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number > 0 && double.IsFinite(number)
            ? number
            : throw new UsageException($"{option} must be numbers above 0, not '{text}'");

    private static Task AnnounceAsync(VerbContext context, CurveOptions options)
    {
        var range = ResponseCurve.RangeOf(options.Lab is { } lab ? context.Home.LabDirectory(lab) : context.Home.SurrogateDirectory(options.Surrogate!));
        var penalties = options.Penalties.Count > 0 ? options.Penalties : [.. ResponseCurve.Spread(range)];
        var answers = ProofEstimate.Answers(options.Measure);
        return JobCost.AnnounceAsync(context, answers.Answers * penalties.Count, options.Measure.Directory, () =>
        {
            using var model = options.Lab is { } name ? AskedLabModel.OfLab(context.Home, name) : AskedLabModel.OfSurrogate(context.Home, options.Surrogate!);
            var one = model.Estimate("curve", answers, context.Cancel);
            return one with { DiskBytes = penalties.Count * one.DiskBytes, Seconds = penalties.Count * one.Seconds };
        });
    }

    private static void Print(IAnsiConsole console, MeasuredCurve curve, CurveOptions options)
    {
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{curve.Model}, trained over λ from {curve.Low} to {curve.High}"));
        var trained = options.Beside.Count > 0;
        console.WriteTable(
            ["λ", "harm rate", "its 95 % interval", "perplexity", .. trained ? (string[])["trained at λ", "perplexity"] : []],
            curve.Points.Select(point => (string[])
            [
                point.Penalty.ToString(CultureInfo.InvariantCulture),
                Percent(point.Summary.Harm.Rate),
                $"{100 * point.Summary.Harm.Low:F1} to {100 * point.Summary.Harm.High:F1} %",
                Perplexity(point.Summary),
                .. trained ? (string[])[point.Beside is { } one ? Percent(one.Summary.Harm.Rate) : "", point.Beside is { } two ? Perplexity(two.Summary) : ""] : [],
            ]));
        console.WriteLine(options.Run is { } run ? $"tda report {run} draws the curve" : "--run puts the curve into a run, whose report draws it");
    }

    private static string Perplexity(MeasurementSummary summary) => summary.Perplexity?.Value.ToString("F1", CultureInfo.InvariantCulture) ?? "not measured";

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1} %");
}
