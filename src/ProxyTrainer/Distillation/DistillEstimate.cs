using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Distillation;

/// <summary>Says before a distillation what it will need.</summary>
public static class DistillEstimate
{
    /// <summary>Counts what <see cref="Distiller.Run"/> with the same arguments trains on, and times a few of its steps.</summary>
    /// <param name="corpus">The candidate documents; null: answers alone.</param>
    /// <param name="responses">The closed model's logged answers.</param>
    /// <param name="options">How it is distilled.</param>
    /// <param name="cancellation">Stops the measurement.</param>
    /// <param name="tokenizer">A tokenizer, where one is there already: of a surrogate that is distilled again.</param>
    /// <param name="timed">Whether to measure how long it takes.</param>
    /// <exception cref="UsageException">There is nothing to train on.</exception>
    public static JobPlan Of(
        Corpus? corpus, IReadOnlyList<LoggedResponse> responses, DistillOptions options, CancellationToken cancellation,
        ITokenizer? tokenizer = null, bool timed = true)
    {
        var kept = responses.Where(response => !ExchangeSplit.IsHeldOut(response.Prompt, options.HeldOutFraction));
        var one = TrainingEstimate.Of(
            new EstimatedTraining
            {
                Job = "distil",
                Texts = (corpus?.Documents() ?? []).Select(document => document.Text).Concat(kept.Select(one => one.Prompt + one.Response)),
                Tokenizer = tokenizer ?? options.Base?.Tokenizer ?? options.Tokenizer?.Tokenizer,
                Vocabulary = options.VocabularySize,
                Shape = found => options.Base is null ? options.Model with { VocabularySize = found.VocabularySize } : options.Model,
                Training = options.Training,
                Adapters = options.Lora,
                Checkpoints = options.Checkpoints,
                Timed = timed,
            },
            cancellation);

        // Members are trained one after the other.
        return one with { DiskBytes = options.Ensemble * one.DiskBytes, Seconds = options.Ensemble * one.Seconds };
    }
}
