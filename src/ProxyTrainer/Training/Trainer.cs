using System.Globalization;
using Tda.ProxyTrainer.Checkpoints;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Training;

/// <summary>
/// Trains a model: 1. plan the batches; 2. go on from the newest checkpoint, if any; 3. per step: loss, gradient, clip,
/// optimiser; 4. leave checkpoints on the way, when stopped, and at the end. On one thread the loss curve of a killed and
/// resumed run equals the uninterrupted one bit for bit.
/// </summary>
public static class Trainer
{
    /// <param name="model">Changed in place.</param>
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
        time ??= TimeProvider.System;

        // 1. Batches are a function of the examples and the seed.
        var plan = Plan(examples, options);
        var steps = Math.Min(plan.Steps, options.MaxSteps ?? int.MaxValue);
        if (steps == 0)
        {
            throw new UsageException("There is nothing to train on: no example has a token with loss.");
        }

        var schedule = new LearningRateSchedule(options.LearningRate, steps, options.WarmupFraction, options.FinalLearningRateFraction);

        // 2. Weights, moments and history of the newest checkpoint.
        using var optimizer = CreateOptimizer(model, options);
        var store = options.CheckpointDirectory is { } directory
            ? new CheckpointStore(directory, TrainingFingerprint.Of(model.Config, examples, options), time)
            : null;
        var history = store?.Restore(model, optimizer) ?? new TrainingHistory();
        var first = history.Losses.Count;
        long tokens = 0;
        var started = time.GetTimestamp();
        double Speed() => tokens / Math.Max(1e-9, time.GetElapsedTime(started).TotalSeconds);

        using var task = (progress ?? NullProgress.Instance).Start("training", steps, "steps");
        for (var step = first; step < steps; step++)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                store?.Save(model, optimizer, history);
                cancellationToken.ThrowIfCancellationRequested();
            }

            // 3. One step.
            using IDisposable scope = NewDisposeScope();
            (var value, var gradient) = ShardedGradient.Of(model, examples, plan[step], options);
            using var owned = gradient;
            var norm = FlatGradient.Clip(gradient, options.GradientClip);
            var rate = schedule.At(step);
            if (!double.IsFinite(value) || !double.IsFinite(norm))
            {
                throw new DivergenceException(step, value, norm, rate);
            }

            optimizer.Step(gradient, rate);
            history.Add(value, rate, norm);

            // 4. Show and keep where we are.
            tokens += plan[step].Sum(row => examples[row].Tokens.Length - 1);
            task.Report(step + 1, string.Create(CultureInfo.InvariantCulture, $"loss {value:F3}, {Speed():N0} tokens/s"));
            if (step + 1 == steps || (options.CheckpointEvery > 0 && (step + 1) % options.CheckpointEvery == 0))
            {
                store?.Save(model, optimizer, history);
            }
        }

        return new TrainingResult(history, steps, first > 0 ? first : null, first < steps ? Speed() : 0);
    }

    /// <summary>The batches that <see cref="Run"/> would go through, before <see cref="TrainingOptions.MaxSteps"/>.</summary>
    public static BatchPlan Plan(IReadOnlyList<TrainingExample> examples, TrainingOptions options) => BatchPlan.Create(
        [.. examples.Select(example => example.LabelCount > 0 ? example.Tokens.Length - 1 : 0)], options.Epochs, options.BatchTokens, options.Seed);

    private static IOptimizer CreateOptimizer(LanguageModel model, TrainingOptions options)
    {
        var muon = options.Optimizer == OptimizerKind.Muon;
        var adam = new AdamW(model, options.Beta1, options.Beta2, options.Epsilon, options.WeightDecay, muon ? model.BlockMatrixCount : 0);
        return muon ? new Muon(model, adam, options.MuonLearningRate / options.LearningRate, options.MuonMomentum) : adam;
    }
}
