using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Replay;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Replay;

/// <summary>Steps as functions are the optimisers' own steps.</summary>
public class DifferentiableStepTests
{
    private static readonly WeightPart[] Parts =
        [new("tall", 0, [5, 3], true), new("wide", 15, [2, 6], true), new("embedding", 27, [4, 3], false), new("norm", 39, [3], false)];

    [Theory]
    [InlineData(OptimizerKind.AdamW, ScalarType.Float64, 1e-12)]
    [InlineData(OptimizerKind.Muon, ScalarType.Float64, 1e-12)]
    [InlineData(OptimizerKind.ScheduleFree, ScalarType.Float64, 1e-12)]
    [InlineData(OptimizerKind.AdamW, ScalarType.Float32, 1e-6)]
    [InlineData(OptimizerKind.Muon, ScalarType.Float32, 1e-6)]
    [InlineData(OptimizerKind.ScheduleFree, ScalarType.Float32, 1e-6)]
    public void Take_SixSteps_AreTheOptimizersOwn(OptimizerKind kind, ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        var random = SplitMix64.Of(3, "steps");
        Tensor Draw(double scale) => tensor([.. Enumerable.Range(0, 42).Select(i => i is >= 30 and < 33 ? 0 : scale * random.NextNormal())], [42], ScalarType.Float64).to_type(type);
        var options = new TrainingOptions { Optimizer = kind, WeightDecay = .1, GradientClip = 1, LearningRate = .02 };
        var schedule = new LearningRateSchedule(options.LearningRate, 6, .5, kind == OptimizerKind.ScheduleFree ? 1 : .1);
        var weights = new FlatWeights(Draw(1), Parts);
        using var optimizer = OptimizerFactory.Create(weights, options, 1);
        var step = DifferentiableStep.Of(weights, options, schedule);
        var at = new StepState(weights.Flat.clone(), optimizer.State[step.First].clone(), optimizer.State["exp_avg_sq"].clone());
        for (var k = 0; k < 6; k++)
        {
            var gradient = Draw(k % 2 == 0 ? .01 : 1); // some are clipped; the second row of the embedding has none
            optimizer.Prepare();
            Numbers.Close(weights.Flat, at.Weights.mul(step.Lead).add(at.First, 1 - step.Lead), tolerance, $"step {k}: where the gradient is taken");
            at = step.Take(at, gradient, k);
            FlatGradient.Clip(gradient, options.GradientClip);
            optimizer.Step(gradient, schedule.At(k));
            Numbers.Close(weights.Flat, at.Weights, tolerance, $"step {k}: weights");
            Numbers.Close(optimizer.State[step.First], at.First, tolerance, $"step {k}: {step.First}");
            Numbers.Close(optimizer.State["exp_avg_sq"], at.Second, tolerance, $"step {k}: second moments");
        }
    }

    [Theory]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.Muon)]
    [InlineData(OptimizerKind.ScheduleFree)]
    public void Take_WeightsWithoutAnyGradient_HaveFiniteDerivatives(OptimizerKind kind)
    {
        using var scope = NewDisposeScope();
        var options = new TrainingOptions { Optimizer = kind };
        var weights = new FlatWeights(ones(42, ScalarType.Float64), Parts);
        var step = DifferentiableStep.Of(weights, options, new LearningRateSchedule(options.LearningRate, 6, .5, 1));
        var gradient = arange(42, ScalarType.Float64).fmod(3).requires_grad_(true); // every third is 0
        var first = kind == OptimizerKind.ScheduleFree ? weights.Flat.clone() : zeros_like(weights.Flat);
        var after = step.Take(new(weights.Flat, first, zeros_like(weights.Flat)), gradient, 0);
        var derivative = autograd.grad([after.Weights.sum()], [gradient])[0];
        Assert.All(Numbers.Of(derivative), x => Assert.True(double.IsFinite(x)));
    }
}
