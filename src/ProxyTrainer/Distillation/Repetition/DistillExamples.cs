using Tda.ProxyTrainer.Distillation.Alignment;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tokenization;
using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Distillation.Repetition;

/// <summary>What a surrogate is trained on: the corpus's documents, row by row, and after them the answers that aren't held out.</summary>
internal static class DistillExamples
{
    /// <summary>The answers that are trained on, and those that are measured: the same prompt is always on the same side.</summary>
    public static (LoggedResponse[] Kept, LoggedResponse[] HeldOut) Split(IReadOnlyList<LoggedResponse> responses, double heldOutFraction) => (
        [.. responses.Where(response => !ExchangeSplit.IsHeldOut(response.Prompt, heldOutFraction))],
        [.. responses.Where(response => ExchangeSplit.IsHeldOut(response.Prompt, heldOutFraction))]);

    /// <summary>The answers to prompts that the model's own chat template has.</summary>
    public static LoggedResponse[] Rendered(LoggedResponse[] responses, ModelTokenizer tokenizer, IProgressSink progress)
    {
        var refusals = responses.Select(response => tokenizer.Refusal(response.Messages)).ToArray();
        if (Array.Find(refusals, refusal => refusal is not null) is { } first)
        {
            progress.Message($"{refusals.Count(refusal => refusal is not null):N0} of {responses.Length:N0} answers are left out. {first}");
        }

        return [.. responses.Where((_, i) => refusals[i] is null)];
    }

    /// <summary>Documents, then answers.</summary>
    /// <param name="corpus">The documents; null: answers alone.</param>
    /// <param name="kept">Answers that are trained on, all of them rendered.</param>
    /// <param name="tokenizer">The surrogate's.</param>
    /// <param name="config">Its shape, which says how long a row may be.</param>
    /// <param name="options">Weights of answers, and what they are trained towards.</param>
    public static List<TrainingExample> Of(
        Corpus? corpus, IReadOnlyList<LoggedResponse> kept, ModelTokenizer tokenizer, ModelConfig config, DistillOptions options)
    {
        var targets = new AnswerTargets(tokenizer);
        return
        [
            .. MaskedDocuments.Examples(corpus, options.MaskFile, tokenizer, config.MaxPositions),
            .. kept.Select(response => options.DistilWeight == 0
                ? response.Example(tokenizer, config.MaxPositions, options.ResponseWeight)
                : response.Example(targets, config.MaxPositions, options.DistilWeight, options.DistilTemperature, options.ResponseWeight)),
        ];
    }
}
