using System.Diagnostics;
using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Models.Adapters;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Tokenization;

namespace Tda.ProxyTrainer.Training;

/// <summary>
/// Says before a training what it will need, when its model isn't there yet and its tokenizer may not be: tokens by a tokenizer trained on
/// a sample of the texts, time by a few steps of a model of the same shape.
/// </summary>
public static class TrainingEstimate
{
    private const int SampleCharacters = 300_000;
    private const int SampleTexts = 500;
    private const int WarmUpSteps = 2;
    private const double LongSeconds = 5; // of one step
    private const int TimedSteps = 4;

    /// <param name="asked">What is to be trained.</param>
    /// <param name="cancellation">Stops the measurement.</param>
    /// <returns>Time, memory and disk of the training.</returns>
    /// <exception cref="UsageException">There is nothing to train on.</exception>
    public static JobPlan Of(EstimatedTraining asked, CancellationToken cancellation)
    {
        // 1. A sample from everywhere, and the length of all.
        var (sample, characters) = Sample(asked.Texts);

        // 2. Tokens and steps: the sample's for each of its characters.
        var tokenizer = asked.Tokenizer
            ?? BpeTrainer.Train(sample, new BpeOptions { VocabularySize = asked.Vocabulary }, cancellationToken: cancellation);
        var (config, training) = (asked.Shape(tokenizer), asked.Training with { CheckpointDirectory = null, CheckpointEvery = 0 });
        List<TrainingExample> examples =
        [
            .. sample.SelectMany(text => TrainingExample.FromDocument([tokenizer.BosId, .. tokenizer.Encode(text), tokenizer.EosId], config.MaxPositions)),
        ];
        var whole = characters / Math.Max(1.0, sample.Sum(text => (long)text.Length));
        var tokens = training.Epochs * whole * examples.Sum(example => example.Tokens.Length - 1L);
        var steps = training.Epochs * whole * Trainer.Plan(examples, training with { Epochs = 1 }).Count;

        // 3. On disk the weights that are trained, and in each checkpoint those with two numbers of the optimiser for each, and its matrices (those
        // of all weights are more than those of adapters). A base's files get a second name only.
        var trained = asked.Adapters?.ParameterCount(config) ?? config.ParameterCount;
        var weights = trained * sizeof(float);
        var factors = OptimizerFactory.FactorCount(config, training) * sizeof(float);
        var checkpoints = asked.Checkpoints is { } fixedNumber ? Math.Min(fixedNumber, Math.Ceiling(steps))
            : asked.Training.CheckpointEvery > 0 ? Math.Ceiling(steps / asked.Training.CheckpointEvery) : 1;

        // A model that there is hardly memory for isn't trained to tell how long that would take.
        var memory = MemoryEstimate.Training(config, training.BatchTokens, null, asked.Adapters is null ? null : trained).Total + factors;
        var timed = asked.Timed && !(FreeMemory.On(ComputePlace.Current.Device) is { } free && memory > free / 2);
        return new JobPlan(
            asked.Job,
            weights + (((3 * weights) + factors) * (long)checkpoints),
            memory,
            timed ? tokens / TokensPerSecond(config, asked.Adapters, examples, training, cancellation) : null);
    }

    // A few steps; the first ones are slower than the rest.
    private static double TokensPerSecond(
        ModelConfig config, LoraConfig? adapters, List<TrainingExample> examples, TrainingOptions training, CancellationToken cancellation)
    {
        using var model = LanguageModel.Create(config with { ResponseGates = training.Response is not null }, 0);
        if (adapters is not null)
        {
            model.Attach(adapters, 0);
        }

        var started = Stopwatch.GetTimestamp();
        var first = Trainer.Run(model, examples, training with { MaxSteps = 1 }, NullProgress.Instance, cancellation).TokensPerSecond;
        if (Stopwatch.GetElapsedTime(started).TotalSeconds > LongSeconds)
        {
            return Math.Max(1e-9, first); // what is slow about a first step is nothing beside a large model's work
        }

        Trainer.Run(model, examples, training with { MaxSteps = WarmUpSteps }, NullProgress.Instance, cancellation);
        return Math.Max(
            1e-9, Trainer.Run(model, examples, training with { MaxSteps = TimedSteps }, NullProgress.Instance, cancellation).TokensPerSecond);
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

/// <summary>A training whose cost is asked for.</summary>
public sealed record EstimatedTraining
{
    /// <summary>The job's name.</summary>
    public required string Job { get; init; }

    /// <summary>What is trained on; read once.</summary>
    public required IEnumerable<string> Texts { get; init; }

    /// <summary>The tokenizer, where it is there already.</summary>
    public ITokenizer? Tokenizer { get; init; }

    /// <summary>Most tokens of the tokenizer that is trained where there is none.</summary>
    public int Vocabulary { get; init; }

    /// <summary>The model's shape with a tokenizer.</summary>
    public required Func<ITokenizer, ModelConfig> Shape { get; init; }

    /// <summary>Adapters that are trained instead of all weights; null: none.</summary>
    public LoraConfig? Adapters { get; init; }

    /// <summary>How it is trained; as often as it says a checkpoint is written.</summary>
    public required TrainingOptions Training { get; init; }

    /// <summary>Checkpoints that are written, where their number is fixed; null: by <see cref="Training"/>.</summary>
    public int? Checkpoints { get; init; }

    /// <summary>Whether to measure how long it takes. Default yes.</summary>
    public bool Timed { get; init; } = true;
}
