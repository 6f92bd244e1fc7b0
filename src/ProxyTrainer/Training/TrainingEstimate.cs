using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tokenization;

namespace Tda.ProxyTrainer.Training;

/// <summary>
/// Says before a training what it will need, when neither its tokenizer nor its model is there yet: tokens by a tokenizer trained on a
/// sample of the texts, time by a few steps of a model of the same shape.
/// </summary>
public static class TrainingEstimate
{
    private const int SampleCharacters = 300_000;
    private const int SampleTexts = 500;
    private const int WarmUpSteps = 2;
    private const int TimedSteps = 4;

    /// <param name="job">The job's name.</param>
    /// <param name="texts">What is trained on; read once.</param>
    /// <param name="vocabulary">Most tokens of the tokenizer.</param>
    /// <param name="shape">The model's shape; its vocabulary is replaced by the sample's.</param>
    /// <param name="training">How it is trained.</param>
    /// <param name="cancellation">Stops the measurement.</param>
    /// <returns>Time, memory and disk of the training; its checkpoints aren't counted.</returns>
    /// <exception cref="UsageException">There is nothing to train on.</exception>
    public static JobPlan Of(
        string job, IEnumerable<string> texts, int vocabulary, Func<ByteLevelBpe, ModelConfig> shape, TrainingOptions training, CancellationToken cancellation)
    {
        // 1. A sample from everywhere, and the length of all.
        var (sample, characters) = Sample(texts);

        // 2. Tokens: the sample's for each of its characters.
        var tokenizer = BpeTrainer.Train(sample, new BpeOptions { VocabularySize = vocabulary }, cancellationToken: cancellation);
        var config = shape(tokenizer);
        List<TrainingExample> examples =
        [
            .. sample.SelectMany(text => TrainingExample.FromDocument([tokenizer.BosId, .. tokenizer.Encode(text), tokenizer.EosId], config.MaxPositions)),
        ];
        var tokens = examples.Sum(example => example.Tokens.Length - 1L) * (characters / Math.Max(1.0, sample.Sum(text => (long)text.Length)));

        // 3. A few steps; the first ones are slower than the rest.
        using var model = LanguageModel.Create(config, 0);
        var timed = training with { CheckpointDirectory = null, CheckpointEvery = 0 };
        Trainer.Run(model, examples, timed with { MaxSteps = WarmUpSteps }, NullProgress.Instance, cancellation);
        var rate = Trainer.Run(model, examples, timed with { MaxSteps = TimedSteps }, NullProgress.Instance, cancellation).TokensPerSecond;

        return new JobPlan(
            job,
            config.ParameterCount * sizeof(float),
            MemoryEstimate.Training(config, training.BatchTokens, config.MaxPositions).Total,
            training.Epochs * tokens / Math.Max(1e-9, rate));
    }

    // Every text while there is room; then every other one, and so on, so that the sample spans the whole whatever its length.
    private static (List<string> Sample, long Characters) Sample(IEnumerable<string> texts)
    {
        var (sample, characters, stride, index) = (new List<string>(), 0L, 1, 0L);
        foreach (var text in texts)
        {
            characters += text.Length;
            if (index++ % stride == 0)
            {
                sample.Add(text);
                if (sample.Count > 2 && (sample.Count > SampleTexts || sample.Sum(kept => (long)kept.Length) > SampleCharacters))
                {
                    sample = [.. sample.Where((_, at) => at % 2 == 0)];
                    stride *= 2;
                }
            }
        }

        return sample.Count > 0 ? (sample, characters) : throw new UsageException("There is nothing to train on: no text.");
    }
}
