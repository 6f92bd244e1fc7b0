using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;

namespace Tda.ProxyTrainer.Training;

/// <summary>
/// A training as the steps that it is made of: batches, learning rates, weights and optimiser. <see cref="Trainer"/> takes them all in order; a
/// replay puts weights and optimiser back to where they were and takes some of them again, to the same bits.
/// </summary>
public sealed class TrainingSteps : IDisposable
{
    private readonly LanguageModel _model;
    private readonly IReadOnlyList<TrainingExample> _examples;
    private readonly TrainingOptions _options;
    private readonly MasterWeights _master;
    private readonly int[] _visits;
    private readonly int _parts;

    /// <param name="model">Changed in place by every step.</param>
    /// <param name="examples">Those without loss are left out.</param>
    /// <param name="options">How, checked.</param>
    /// <exception cref="UsageException">There is nothing to train on.</exception>
    public TrainingSteps(LanguageModel model, IReadOnlyList<TrainingExample> examples, TrainingOptions options)
    {
        (_model, _examples, _options) = (model, examples, options);
        Plan = Trainer.Plan(examples, options);
        Count = Math.Min(Plan.Count, options.MaxSteps ?? int.MaxValue);
        if (Count == 0)
        {
            throw new UsageException("There is nothing to train on: no example has a token with loss.");
        }

        Schedule = new LearningRateSchedule(options.LearningRate, Count, options.WarmupFraction, options.FinalLearningRateFraction);
        _visits = options.Response is null ? [] : ResponseDraw.Visits(Plan);
        _master = new MasterWeights(model);
        Optimizer = OptimizerFactory.Create(FlatWeights.Of(_master.Model), options, Plan.Average(rows => (double)rows.Sum(row => examples[row].LabelCount)));
        _parts = BatchPlan.TrainingParts(model, examples.Max(example => example.Tokens.Length), options.BatchTokens);
    }

    /// <summary>The examples of every batch, those beyond <see cref="Count"/> too.</summary>
    public IReadOnlyList<int[]> Plan { get; }

    /// <summary>Steps.</summary>
    public int Count { get; }

    /// <summary>The learning rate of every step.</summary>
    public LearningRateSchedule Schedule { get; }

    /// <summary>What changes the weights; restored by whoever goes back.</summary>
    public IOptimizer Optimizer { get; }

    /// <summary>The weights that the optimiser changes; after changing them otherwise, <see cref="Publish"/>.</summary>
    public LanguageModel Weights => _master.Model;

    /// <summary>Takes the weights over into the model that computes, where that is another.</summary>
    public void Publish() => _master.Publish();

    /// <summary>Takes a step: loss, gradient, clip, optimiser.</summary>
    /// <param name="step">Which, from 0. Weights and optimiser must be where the steps before it left them.</param>
    /// <returns>The objective before the step, nats a label token, and the 2-norm of its gradient before clipping.</returns>
    /// <exception cref="DivergenceException">One of the two isn't a number; nothing was changed but for Schedule-Free's weights, which are at y.</exception>
    public (double Loss, double GradientNorm) Take(int step)
    {
        using IDisposable scope = NewDisposeScope();
        Optimizer.Prepare();
        _master.Publish();
        var response = _options.Response is { } range ? new ResponseDraw(range, _options.Seed, _visits[step]) : null;
        (var value, var gradient) = ShardedGradient.Of(_model, _examples, Plan[step], _options, _parts, response);
        using var owned = gradient;
        var norm = FlatGradient.Clip(gradient, _options.GradientClip);
        var rate = Schedule.At(step);
        if (!double.IsFinite(value) || !double.IsFinite(norm))
        {
            throw new DivergenceException(step, value, norm, rate);
        }

        Optimizer.Step(gradient, rate);
        _master.Publish();
        return (value, norm);
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        _master.Dispose();
    }
}
