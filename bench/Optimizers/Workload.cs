using Tda.ProxyTrainer.Optimizers;
using static TorchSharp.torch;

namespace Tda.Bench.Optimizers;

/// <summary>Something to train: data, a model, a loss on data held out, and how long a training may be.</summary>
internal abstract class Workload(string name, int steps, int evaluateEvery)
{
    public string Name { get; } = name;

    /// <summary>Most steps of a training, and the length that schedules are made for.</summary>
    public int Steps { get; } = steps;

    /// <summary>Steps between two looks at the held-out loss, whose time isn't counted.</summary>
    public int EvaluateEvery { get; } = evaluateEvery;

    /// <summary>Labels that a gradient is a mean over.</summary>
    public abstract double Batch { get; }

    /// <summary>A fresh model; the seed gives its weights and the order of the data.</summary>
    public abstract WorkloadRun Start(long seed);
}

/// <summary>One training of a workload.</summary>
internal abstract class WorkloadRun : IDisposable
{
    public abstract FlatWeights Weights { get; }

    /// <summary>The mean loss of a step's batch and its flat gradient, in the caller's dispose scope.</summary>
    public abstract (double Loss, Tensor Gradient) Gradient(int step);

    /// <summary>Held-out loss, nats a label.</summary>
    public abstract double Evaluate();

    public abstract void Dispose();
}
