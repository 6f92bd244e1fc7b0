using Tda.ProxyTrainer.Checkpoints;
using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;

namespace Tda.ProxyTrainer.Training;

/// <summary>
/// Trains a model: 1. plan the batches; 2. go on from the newest checkpoint, if any; 3. per step: loss, gradient, clip,
/// optimiser; 4. leave checkpoints on the way, when stopped, and at the end. On one thread the loss curve of a killed and
/// resumed run equals the uninterrupted one bit for bit.
/// </summary>
public static class Trainer
{
    /// <param name="model">Changed in place. With gates where <see cref="TrainingOptions.Response"/> says so.</param>
    /// <param name="examples">Those without loss are left out.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Steps, loss and speed.</param>
    /// <param name="cancellationToken">Stops after the step under way, leaving a checkpoint.</param>
    /// <param name="time">Clock for manifests and speed.</param>
    /// <exception cref="UsageException">Options out of range, or nothing to train on.</exception>
    /// <exception cref="DivergenceException">The loss is no longer a number; the last checkpoint stays.</exception>
    public static TrainingResult Run(
        LanguageModel model,
        IReadOnlyList<TrainingExample> examples,
        TrainingOptions options,
        IProgressSink? progress = null,
        CancellationToken cancellationToken = default,
        TimeProvider? time = null)
    {
        options.Validate();
        try
        {
            return Train(model, examples, options, progress ?? NullProgress.Instance, time ?? TimeProvider.System, cancellationToken);
        }
        catch (Exception error) when (MemoryShortage.IsCauseOf(error))
        {
            throw MemoryShortage.Explain(
                error, model.Place, options.BatchTokens, MemoryEstimate.Training(model.Config, options.BatchTokens, model.Place).Total);
        }
    }

    /// <summary>The batches that <see cref="Run"/> would go through, before <see cref="TrainingOptions.MaxSteps"/>.</summary>
    public static IReadOnlyList<int[]> Plan(IReadOnlyList<TrainingExample> examples, TrainingOptions options) => BatchSchedule.Create(
        [.. examples.Select(example => example.LabelCount > 0 ? example.Tokens.Length - 1 : 0)], options.Epochs, options.BatchTokens, options.Seed);

    private static TrainingResult Train(
        LanguageModel model, IReadOnlyList<TrainingExample> examples, TrainingOptions options, IProgressSink progress, TimeProvider time,
        CancellationToken cancellationToken)
    {
        // 1. Batches are a function of the examples and the seed.
        using var steps = new TrainingSteps(model, examples, options);

        // 2. Weights, moments and history of the newest checkpoint.
        var store = options.CheckpointDirectory is { } directory
            ? new CheckpointStore(directory, TrainingFingerprint.Of(model, examples, options), time)
            : null;
        var history = store?.Restore(steps.Weights, steps.Optimizer) ?? new TrainingHistory();
        steps.Publish();
        var first = history.Losses.Count;
        long tokens = 0;
        var started = time.GetTimestamp();
        double Speed() => tokens / Math.Max(1e-9, time.GetElapsedTime(started).TotalSeconds);

        using var task = progress.Start("training", steps.Count, "steps");
        task.Report(first); // what an earlier run did counts for no rate
        for (var step = first; step < steps.Count; step++)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                store?.Save(steps.Weights, steps.Optimizer, history);
                cancellationToken.ThrowIfCancellationRequested();
            }

            // 3. One step.
            var (loss, norm) = steps.Take(step);
            history.Add(loss, steps.Schedule.At(step), norm);

            // 4. Show and keep where we are.
            tokens += steps.Plan[step].Sum(row => examples[row].Tokens.Length - 1);
            task.Report(step + 1, string.Create(CultureInfo.InvariantCulture, $"loss {loss:F3}, {Speed():N0} tokens/s"));
            if (step + 1 == steps.Count || (options.CheckpointEvery > 0 && (step + 1) % options.CheckpointEvery == 0))
            {
                store?.Save(steps.Weights, steps.Optimizer, history);
            }
        }

        return new TrainingResult(history, steps.Count, first > 0 ? first : null, first < steps.Count ? Speed() : 0);
    }
}

/// <summary>What a training run did.</summary>
/// <param name="History">Every step, those before a resume included.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="ResumedFrom">Step of the checkpoint that this run went on from, or null.</param>
/// <param name="TokensPerSecond">Tokens processed by this run, padding not counted, over its time; 0 when there was nothing left to do.</param>
public sealed record TrainingResult(TrainingHistory History, int Steps, int? ResumedFrom, double TokensPerSecond)
{
    /// <summary>Mean objective of the last tenth of the steps, nats a label token.</summary>
    public double FinalLoss => History.Losses.Count == 0 ? double.NaN : History.Losses.TakeLast(Math.Max(1, Steps / 10)).Average();
}

/// <summary>One number a step.</summary>
public sealed record TrainingHistory
{
    /// <summary>The objective before the step, nats a label token.</summary>
    public List<float> Losses { get; init; } = [];

    /// <summary>The rate of the step: AdamW's, of which Muon's is a fixed multiple.</summary>
    public List<double> LearningRates { get; init; } = [];

    /// <summary>2-norm of the gradient before clipping.</summary>
    public List<float> GradientNorms { get; init; } = [];

    internal void Add(double loss, double learningRate, double gradientNorm)
    {
        Losses.Add((float)loss);
        LearningRates.Add(learningRate);
        GradientNorms.Add((float)gradientNorm);
    }
}

/// <summary>Linear warm-up to the peak, then half a cosine down to the final share of it.</summary>
/// <param name="Peak">Highest rate.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="WarmupFraction">Share of the steps that warm up, 0 to 1; at least one step does.</param>
/// <param name="FinalFraction">Rate of the last step as a share of the peak, 0 to 1.</param>
public sealed record LearningRateSchedule(double Peak, int Steps, double WarmupFraction, double FinalFraction)
{
    private int Warmup => Math.Max(1, (int)(Steps * WarmupFraction));

    /// <summary>The rate of a step, from 0; the last step of the warm-up has the peak.</summary>
    public double At(int step)
    {
        if (step < Warmup)
        {
            return Peak * (step + 1) / Warmup;
        }

        var progress = (step + 1 - Warmup) / (double)Math.Max(1, Steps - Warmup);
        return Peak * (FinalFraction + ((1 - FinalFraction) * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, progress)))));
    }
}

/// <summary>The loss or its gradient became infinite or undefined.</summary>
public sealed class DivergenceException(int step, double loss, double gradientNorm, double learningRate)
    : TdaException(string.Create(
        CultureInfo.InvariantCulture,
        $"Training diverged at step {step}: loss {loss}, gradient norm {gradientNorm}, learning rate {learningRate:G3}. Lower the learning rate, lengthen the warm-up or clip the gradient more."))
{
    /// <summary>The step whose loss or gradient it was, from 0.</summary>
    public int Step => step;
}
