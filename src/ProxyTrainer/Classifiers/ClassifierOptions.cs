using TorchSharp;

namespace Tda.ProxyTrainer.Classifiers;

/// <summary>How classifiers are trained.</summary>
public sealed record ClassifierOptions
{
    /// <summary>Default SGD with momentum.</summary>
    public ClassifierOptimizer Optimizer { get; init; } = ClassifierOptimizer.Sgd;

    /// <summary>η at the start, above 0; default .1.</summary>
    public double LearningRate { get; init; } = 0.1;

    /// <summary>Where the cosine from <see cref="LearningRate"/> ends, as a share of it, 0 to 1; default 1, a constant rate.</summary>
    public double FinalLearningRateFraction { get; init; } = 1;

    /// <summary>SGD's momentum, AdamW's β₁, 0 to below 1; default .9.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>AdamW's β₂, 0 to below 1; default .999.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>AdamW's ε, above 0; default 1e-8.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>wd on all weights, biases too, so that the curvature of the objective is G + wd·I; at least 0, default 0.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Passes over the examples, at least 0, which leaves the fresh weights; default 30.</summary>
    public int Epochs { get; init; } = 30;

    /// <summary>Examples a batch, before a model leaves out those that aren't its own; 0 (default) is all of them.</summary>
    public int BatchSize { get; init; }

    /// <summary>Checkpoints kept on the way, at even distances, the last included, at least 1; default 1.</summary>
    public int Checkpoints { get; init; } = 1;

    /// <summary>float32 (default) or float64.</summary>
    public torch.ScalarType DType { get; init; } = torch.ScalarType.Float32;

    /// <exception cref="UsageException">Every value out of range, at once.</exception>
    public void Validate() => new OptionChecks()
        .Above("learning rate", LearningRate, 0)
        .Between("final learning-rate fraction", FinalLearningRateFraction, 0, 1)
        .Require(Momentum is >= 0 and < 1, "momentum", Momentum, "at least 0 and below 1")
        .Require(Beta2 is >= 0 and < 1, "beta2", Beta2, "at least 0 and below 1")
        .Above("epsilon", Epsilon, 0)
        .AtLeast("weight decay", WeightDecay, 0)
        .AtLeast("epochs", Epochs, 0)
        .AtLeast("batch size", BatchSize, 0)
        .AtLeast("checkpoints", Checkpoints, 1)
        .Require(DType is torch.ScalarType.Float32 or torch.ScalarType.Float64, $"type is {DType}; it must be float32 or float64")
        .Throw("The classifier's");
}

/// <summary>What moves a classifier's weights.</summary>
public enum ClassifierOptimizer
{
    /// <summary>v ← μv + g, θ ← θ − ηv; weight decay is part of g, so that the objective is mean loss + wd/2·‖θ‖².</summary>
    Sgd,

    /// <summary>AdamW (1711.05101): decoupled weight decay.</summary>
    AdamW,
}
