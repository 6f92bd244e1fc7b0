using Tda.Cli.Proving;
using Tda.Curation.Measures;
using Tda.Lab.Models;
using Tda.Labels.Endpoints;
using Tda.Labels.Judges;

namespace Tda.Cli.Verbs.Prove;

/// <summary>`tda measure`: how often a model's answers are harmful, and how well it still speaks.</summary>
internal static class MeasureVerb
{
    private const string DefaultKeyVariable = "OPENAI_API_KEY";

    private static readonly Option<string?> Endpoint = CliOption.Text("--endpoint", "URL",
        "Base address of an OpenAI-compatible API, with its /v1; the gateway's to have it recorded");
    private static readonly Option<string?> Model = CliOption.Text("--model", "M", "The model's name at the endpoint");
    private static readonly Option<string> KeyVariable =
        CliOption.Default("--key-env", "NAME", "Environment variable that holds the API key", DefaultKeyVariable);
    private static readonly Option<string?> Lab = CliOption.Text("--lab", "L", "A lab model instead of an endpoint");
    private static readonly Option<string?> Surrogate = CliOption.Text("--surrogate", "S", "A surrogate instead of an endpoint");
    private static readonly Option<double?> At = CliOption.Optional<double?>("--at", "λ",
        "Of a model trained with --response-over: the λ to measure it at");
    private static readonly Option<int> Seed = CliOption.Optional<int>("--seed", "N", "Seed of the answers");
    private static readonly Option<int> Concurrency = CliOption.Default("--concurrency", "N",
        "Requests in flight at once, 1 to 256", new AskOptions().Concurrency);
    private static readonly Option<double> Patience = CliOption.Default("--patience", "MIN",
        "Minutes to wait while the API says it is asked too much", new AskOptions().Patience.TotalMinutes);
    private static readonly Option<bool> Distillable = CliOption.Flag("--distillable", "Let exchanges that a gateway records of this be distilled");
    private static readonly Option<string> Out = CliOption.Required("--out", "M", "The measurement's name");
    private static readonly Option<bool> Replace = CliOption.Flag("--replace", "Replace a measurement of this name");

    public static Command Build() => CommandExtensions.Verb("measure",
        "Asks a model, judges its answers, and measures harm rate, false alarms and benign perplexity; goes on where a stopped one left off.",
        "tda measure --endpoint http://127.0.0.1:8787/v1 --model gpt-4o-mini --prompts harm.jsonl --benign benign.jsonl --judge spam --out before",
        Endpoint, Model, KeyVariable, Lab, Surrogate, At, MeasuringOptions.Prompts, MeasuringOptions.Benign, MeasuringOptions.Judge,
        MeasuringOptions.Choices, MeasuringOptions.Temperature, MeasuringOptions.MaxTokens, Seed, Concurrency, Patience,
        Distillable, Out, Replace, JobCost.Yes).Runs(RunAsync).Resumes()
        .Grouped("The model", Endpoint, Model, KeyVariable, Lab, Surrogate, At)
        .Grouped("How it is asked", [.. MeasuringOptions.Asking, Seed, Concurrency, Patience, Distillable]);

    /// <summary>Prints what a measurement came to.</summary>
    internal static void Print(IAnsiConsole console, Measurement measurement)
    {
        var summary = measurement.Summary;
        console.WriteLine($"{measurement.Name}: {summary.Model}, judged by {summary.Judge}");
        console.WriteLine($"harm rate        {Text(summary.Harm)}");
        if (summary.FalseAlarms is { } alarms)
        {
            console.WriteLine($"false alarms     {Text(alarms)}");
        }

        if (summary.Perplexity is { } perplexity)
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"perplexity       {perplexity.Value:F1} ({perplexity.Low:F1} to {perplexity.High:F1}) on {perplexity.Texts:N0} benign texts"));
        }

        if (summary.TextsLeftOut > 0)
        {
            console.WriteLine($"perplexity       not measured on {summary.TextsLeftOut:N0} benign texts: {summary.LeftOutBecause}");
        }

        if (summary.Unjudged > 0)
        {
            var said = measurement.Answers.First(answer => answer.Unclear is not null).Unclear;
            console.WriteLine($"{summary.Unjudged:N0} answers count in no rate, since the judge gave no verdict; it said: {said}");
        }

        if (summary.Empty > 0)
        {
            console.WriteLine($"{summary.Empty:N0} answers are empty; they count as harmless");
        }

        if (summary.Refused > 0)
        {
            console.WriteLine($"{summary.Refused:N0} prompts were refused; they count as harmless: {measurement.Answers.First(a => a.Refusal is not null).Refusal}");
        }
    }

    private static async Task<int> RunAsync(VerbContext context)
    {
        string?[] models = [context.Get(Endpoint), context.Get(Lab), context.Get(Surrogate)];
        if (models.Count(model => model is not null) != 1)
        {
            throw new UsageException("Name one model to measure: --endpoint URL with --model M, --lab L, or --surrogate S");
        }

        var asked = MeasuringOptions.Read(context, context.Get(Out), context.Get(Seed));
        var options = asked with
        {
            Ask = asked.Ask with { Concurrency = context.Get(Concurrency), Patience = TimeSpan.FromMinutes(context.Get(Patience)) },
            Replace = context.Get(Replace),
        };
        ArtifactDirectory.RequireFree(options.Directory, options.Replace);
        var judge = KnownJudges.Open(context.Home, context.Get(MeasuringOptions.Judge));
        var model = Open(context);
        using var local = model as IDisposable;
        if (model is AskedLabModel here)
        {
            var answers = ProofEstimate.Answers(options);
            await JobCost.AnnounceAsync(context, answers.Answers, options.Directory, () => here.Estimate($"measure {here.Name}", answers, context.Cancel));
        }

        var measurement = await Measurer.RunAsync(options, model, judge, context.Progress, TimeProvider.System, context.Cancel);
        return context.Done(measurement.Summary, console =>
        {
            Print(console, measurement);
            if (measurement.Summary is { Perplexity: null, TextsLeftOut: 0 } && options.BenignFile is not null)
            {
                console.WriteLine("perplexity isn't measured: no benign line has a text");
            }

            console.WriteLine($"{options.Directory}: tda compare sets it against another");
        });
    }

    private static IAskedModel Open(VerbContext context)
    {
        if (context.Get(Endpoint) is not { } endpoint)
        {
            context.ConfigureEngine();
            return context.Get(Lab) is { } lab
                ? AskedLabModel.OfLab(context.Home, lab, context.Get(At))
                : AskedLabModel.OfSurrogate(context.Home, context.Get(Surrogate)!, context.Get(At));
        }

        if (context.Get(At) is not null)
        {
            throw new UsageException("--at needs a response network on this machine: --lab L or --surrogate S");
        }

        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            throw new UsageException($"--endpoint {endpoint} isn't a URL; give one such as http://127.0.0.1:8787/v1");
        }

        var name = context.Get(Model) ?? throw new UsageException("--endpoint needs --model: the model's name there");
        // What a gateway records of a measurement is marked, and kept out of surrogates: else they would learn the test.
        var headers = new Dictionary<string, string> { [ExchangeTags.Header] = $"measurement={context.Get(Out)}" };
        if (!context.Get(Distillable))
        {
            headers[ExchangeTags.OptOutHeader] = ExchangeTags.OptOutOfDistilling;
        }

        return new EndpointModel(url, name, Environment.GetEnvironmentVariable(context.Get(KeyVariable)), headers, TimeProvider.System);
    }

    private static string Text(MeasuredRate rate) => string.Create(CultureInfo.InvariantCulture,
        $"{100 * rate.Rate:F1} % ({100 * rate.Low:F1} to {100 * rate.High:F1}): {rate.Harmful:N0} of {rate.Answers:N0} answers");
}
