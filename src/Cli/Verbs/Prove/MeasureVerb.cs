using Tda.Curation.Measures;
using Tda.Labels.Endpoints;
using Tda.Labels.Judges;
using Tda.Lab.Models;

namespace Tda.Cli.Verbs.Prove;

/// <summary>`tda measure`: how often a model's answers are harmful, and how well it still speaks.</summary>
internal static class MeasureVerb
{
    private const string DefaultKeyVariable = "OPENAI_API_KEY";

    private static readonly Option<string?> Endpoint = new("--endpoint")
    { Description = "Base address of an OpenAI-compatible API, with its /v1; the gateway's to have it recorded", HelpName = "URL" };
    private static readonly Option<string?> Model = new("--model") { Description = "The model's name at the endpoint", HelpName = "M" };
    private static readonly Option<string> KeyVariable = new("--key-env")
    { Description = "Environment variable that holds the API key", DefaultValueFactory = _ => DefaultKeyVariable, HelpName = "NAME" };
    private static readonly Option<string?> Lab = new("--lab") { Description = "A lab model instead of an endpoint", HelpName = "L" };
    private static readonly Option<string?> Surrogate = new("--surrogate") { Description = "A surrogate instead of an endpoint", HelpName = "S" };
    private static readonly Option<string> Prompts = new("--prompts")
    { Description = "Prompts that may lead to harm: lines with a prompt and, if you like, an id", Required = true, HelpName = "FILE.jsonl" };
    private static readonly Option<string?> Benign = new("--benign")
    { Description = "Lines with a prompt that shouldn't lead to harm, a text whose perplexity is measured, or both", HelpName = "FILE.jsonl" };
    private static readonly Option<string> Judge = new("--judge")
    { Description = "Who calls an answer harmful: a classifier (tda judge), or words:FILE", Required = true, HelpName = "J" };
    private static readonly Option<int> Choices = new("--choices")
    { Description = "Answers to each prompt, 1 to 100", DefaultValueFactory = _ => 1, HelpName = "N" };
    private static readonly Option<double> Temperature = new("--temperature")
    { Description = "Sampling temperature, 0 to 2", DefaultValueFactory = _ => 1, HelpName = "T" };
    private static readonly Option<int> MaxTokens = new("--max-tokens")
    { Description = "Longest answer, in tokens", DefaultValueFactory = _ => new AskOptions().MaxTokens, HelpName = "N" };
    private static readonly Option<int> Seed = new("--seed") { Description = "Seed of the answers", HelpName = "N" };
    private static readonly Option<int> Concurrency = new("--concurrency")
    { Description = "Requests in flight at once, 1 to 256", DefaultValueFactory = _ => new AskOptions().Concurrency, HelpName = "N" };
    private static readonly Option<double> Patience = new("--patience")
    {
        Description = "Minutes to wait while the API says it is asked too much",
        DefaultValueFactory = _ => new AskOptions().Patience.TotalMinutes,
        HelpName = "MIN",
    };
    private static readonly Option<bool> Distillable = new("--distillable")
    { Description = "Let exchanges that a gateway records of this be distilled" };
    private static readonly Option<string> Out = new("--out") { Description = "The measurement's name", Required = true, HelpName = "M" };
    private static readonly Option<bool> Replace = new("--replace") { Description = "Replace a measurement of this name" };

    /// <summary>Builds the verb.</summary>
    public static Command Build() => CommandExtensions.Verb("measure",
        "Asks a model, judges its answers, and measures harm rate, false alarms and benign perplexity; goes on where a stopped one left off.",
        "tda measure --endpoint http://127.0.0.1:8787/v1 --model gpt-4o-mini --prompts harm.jsonl --benign benign.jsonl --judge spam --out before",
        Endpoint, Model, KeyVariable, Lab, Surrogate, Prompts, Benign, Judge, Choices, Temperature, MaxTokens, Seed, Concurrency, Patience,
        Distillable, Out, Replace).Runs(RunAsync).Resumes();

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
        var directory = context.Home.MeasureDirectory(context.Get(Out));
        ArtifactDirectory.RequireFree(directory, context.Get(Replace));
        var judge = Judges.Open(context.Home, context.Get(Judge));
        var model = Open(context);
        using var local = model as IDisposable;
        var options = new MeasureOptions
        {
            Directory = directory,
            PromptFile = context.Get(Prompts),
            BenignFile = context.Get(Benign),
            Choices = context.Get(Choices),
            Ask = new AskOptions
            {
                Temperature = context.Get(Temperature),
                MaxTokens = context.Get(MaxTokens),
                Seed = context.Get(Seed),
                Concurrency = context.Get(Concurrency),
                Patience = TimeSpan.FromMinutes(context.Get(Patience)),
            },
            Replace = context.Get(Replace),
        };
        var measurement = await Measurer.RunAsync(options, model, judge, context.Progress, TimeProvider.System, context.Cancel);
        return context.Done(measurement.Summary, console =>
        {
            Print(console, measurement);
            if (measurement.Summary.Perplexity is null && options.BenignFile is not null)
            {
                console.WriteLine(local is null
                    ? "perplexity isn't measured: a chat API doesn't tell how likely a given text is"
                    : "perplexity isn't measured: no benign line has a text");
            }

            console.WriteLine($"{directory}: tda compare sets it against another");
        });
    }

    private static IAskedModel Open(VerbContext context)
    {
        switch (context.Get(Endpoint), context.Get(Lab), context.Get(Surrogate))
        {
            case ({ } endpoint, null, null):
                if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
                {
                    throw new UsageException($"--endpoint {endpoint} isn't a URL; give one such as http://127.0.0.1:8787/v1");
                }

                var model = context.Get(Model) ?? throw new UsageException("--endpoint needs --model: the model's name there");
                // What a gateway records of a measurement is marked, and keeps out of surrogates: else they would learn the test.
                var headers = new Dictionary<string, string> { ["X-Tda-Tags"] = $"measurement={context.Get(Out)}" };
                if (!context.Get(Distillable))
                {
                    headers["X-Tda-Opt-Out"] = "distill";
                }

                return new EndpointModel(url, model, Environment.GetEnvironmentVariable(context.Get(KeyVariable)), headers, TimeProvider.System);
            case (null, { } lab, null):
                context.ConfigureEngine();
                return AskedLabModel.OfLab(context.Home, lab);
            case (null, null, { } surrogate):
                context.ConfigureEngine();
                return AskedLabModel.OfSurrogate(context.Home, surrogate);
            default:
                throw new UsageException("Name one model to measure: --endpoint URL with --model M, --lab L, or --surrogate S");
        }
    }

    private static string Text(MeasuredRate rate) => string.Create(CultureInfo.InvariantCulture,
        $"{100 * rate.Rate:F1} % ({100 * rate.Low:F1} to {100 * rate.High:F1}): {rate.Harmful:N0} of {rate.Answers:N0} answers");
}
