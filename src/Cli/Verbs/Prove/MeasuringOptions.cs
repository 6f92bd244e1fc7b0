using Tda.Curation.Measures;
using Tda.Labels.Judges;

namespace Tda.Cli.Verbs.Prove;

/// <summary>What `tda measure` and `tda prove` are asked alike: prompts, judge, and how each prompt is asked.</summary>
internal static class MeasuringOptions
{
    public static readonly Option<string> Prompts = CliOption.Required("--prompts", "FILE.jsonl",
        "Prompts that may lead to harm: lines with a prompt and, if you like, an id");
    public static readonly Option<string?> Benign = CliOption.Text("--benign", "FILE.jsonl",
        "Lines with a prompt that shouldn't lead to harm, a text whose perplexity is measured, or both");
    public static readonly Option<string> Judge = CliOption.Required("--judge", "J", KnownJudges.Spelling);
    public static readonly Option<int> Choices = CliOption.Default("--choices", "N", "Answers to each prompt, 1 to 100", 1);
    public static readonly Option<double> Temperature = CliOption.Default("--temperature", "T", "Sampling temperature, 0 to 2", 1.0);
    public static readonly Option<int> MaxTokens =
        CliOption.Default("--max-tokens", "N", "Longest answer, in tokens", new AskOptions().MaxTokens);

    /// <summary>Those that say how each prompt is asked.</summary>
    public static Option[] Asking => [Choices, Temperature, MaxTokens];

    /// <summary>What they say.</summary>
    /// <param name="context">The verb's.</param>
    /// <param name="name">The measurement's name.</param>
    /// <param name="seed">Seed of the answers.</param>
    public static MeasureOptions Read(VerbContext context, string name, int seed) => new()
    {
        Directory = context.Home.MeasureDirectory(name),
        PromptFile = context.Get(Prompts),
        BenignFile = context.Get(Benign),
        Choices = context.Get(Choices),
        Ask = new AskOptions { Temperature = context.Get(Temperature), MaxTokens = context.Get(MaxTokens), Seed = seed },
    };
}
