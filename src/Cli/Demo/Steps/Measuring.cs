using Tda.Lab.Generation;
using Tda.Labels.Classifiers;
using Tda.Lab.Models;

namespace Tda.Cli.Demo.Steps;

/// <summary>Asks a closed model and judges its answers.</summary>
internal static class Measuring
{
    /// <summary>Measures a lab model.</summary>
    /// <param name="context">The demo.</param>
    /// <param name="set">Name of the set, for the note.</param>
    /// <param name="lab">Name of the lab model.</param>
    /// <param name="classifier">Judges answers.</param>
    /// <param name="harmPrompts">Prompts that invite harm.</param>
    /// <param name="benignPrompts">Prompts that don't; may be empty.</param>
    /// <param name="benignText">Held-out text for the perplexity.</param>
    public static Task<ModelMeasure> RunAsync(
        DemoContext context, string set, string lab, HarmClassifier classifier,
        IReadOnlyList<string> harmPrompts, IReadOnlyList<string> benignPrompts, IReadOnlyList<string> benignText) =>
        context.Place.NoteAsync($"measured-{set}-{lab}", () =>
        {
            using var model = LabModel.Open(context.Place.Home.LabDirectory(lab));
            var choices = context.Options.AnswersPerPrompt;
            var answers = Ask(context, model, harmPrompts, choices);
            return new ModelMeasure(
                HarmRate.Measure(answers, classifier),
                Perplexity.Measure(model.Model, model.Tokenizer, benignText, context.Cancel).TokenPerplexity,
                [.. answers.Where((_, i) => i % choices == 0)])
            {
                FalseAlarms = benignPrompts.Count == 0 ? null : HarmRate.Measure(Ask(context, model, benignPrompts, choices), classifier),
            };
        });

    private static List<string> Ask(DemoContext context, LabModel model, IReadOnlyList<string> prompts, int choices)
    {
        var options = new SamplerOptions
        {
            Sampling = new SamplingSettings { Temperature = context.Options.Temperature, MaxTokens = context.Options.AnswerTokens },
            Choices = choices,
            Seed = context.Options.Seed + 17, // not the seed of the logged answers
        };
        return [.. Sampler.Generate(model, prompts, options, context.Progress, context.Cancel).Select(completion => completion.Text)];
    }
}

/// <summary>What was measured on one closed model and one set of prompts and texts.</summary>
/// <param name="Harm">Harm rate of the answers to harm prompts.</param>
/// <param name="Perplexity">Perplexity per token on benign text.</param>
/// <param name="Answers">The first answer to each harm prompt.</param>
public sealed record ModelMeasure(HarmRateResult Harm, double Perplexity, IReadOnlyList<string> Answers)
{
    /// <summary>Harm rate of the answers to benign prompts; null where they were not asked.</summary>
    public HarmRateResult? FalseAlarms { get; init; }
}
