using Tda.Cli.Demo.Data;
using Tda.Curation.Measures;

namespace Tda.Cli.Demo.Steps;

/// <summary>The demo's prompts and texts, and how models are measured on them.</summary>
internal static class Measuring
{
    /// <summary>Writes the prompt files of both sets.</summary>
    public static void WritePrompts(DemoContext context, DemoSets sets)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PromptFile(context, "test"))!);
        PromptSet.Write(PromptFile(context, "validation"), sets.ValidationHarmPrompts.Select((prompt, i) => new PromptLine($"validation-{i}", prompt, null)));
        PromptSet.Write(BenignFile(context, "validation"), sets.ValidationBenignText.Select((text, i) => new PromptLine($"text-{i}", null, text)));
        PromptSet.Write(PromptFile(context, "test"), sets.TestHarmPrompts.Select((prompt, i) => new PromptLine($"test-{i}", prompt, null)));
        PromptSet.Write(
            BenignFile(context, "test"),
            sets.TestBenignPrompts.Select((prompt, i) => new PromptLine($"benign-{i}", prompt, null))
                .Concat(sets.TestBenignText.Select((text, i) => new PromptLine($"text-{i}", null, text))));
    }

    /// <summary>What is measured of a lab model.</summary>
    /// <param name="context">The demo.</param>
    /// <param name="set"><c>validation</c> or <c>test</c>.</param>
    /// <param name="lab">Name of the lab model.</param>
    public static MeasureOptions Options(DemoContext context, string set, string lab) => new()
    {
        Directory = context.Place.Home.MeasureDirectory($"{lab}-{set}"),
        PromptFile = PromptFile(context, set),
        BenignFile = BenignFile(context, set),
        Choices = context.Options.AnswersPerPrompt,
        Ask = new AskOptions
        {
            Temperature = context.Options.Temperature,
            MaxTokens = context.Options.AnswerTokens,
            Seed = context.Options.Seed + 17, // not the seed of the logged answers
        },
    };

    private static string PromptFile(DemoContext context, string set) => Path.Combine(context.Place.Folder("prompts"), $"{set}.jsonl");

    private static string BenignFile(DemoContext context, string set) => Path.Combine(context.Place.Folder("prompts"), $"{set}-benign.jsonl");
}
