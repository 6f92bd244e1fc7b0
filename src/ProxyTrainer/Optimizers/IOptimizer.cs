namespace Tda.ProxyTrainer.Optimizers;

/// <summary>Changes a model's flat weights by a flat gradient.</summary>
public interface IOptimizer : IDisposable
{
    /// <summary>Steps taken; set when resuming.</summary>
    int Steps { get; set; }

    /// <summary>What must be saved to go on exactly: flat tensors by the name that checkpoints give them.</summary>
    IReadOnlyDictionary<string, Tensor> State { get; }

    /// <param name="gradient">As long as the model's flat buffer.</param>
    /// <param name="learningRate">η.</param>
    void Step(Tensor gradient, double learningRate);
}

/// <summary>Which optimiser trains.</summary>
public enum OptimizerKind
{
    /// <summary><see cref="Optimizers.AdamW"/> for everything.</summary>
    AdamW,

    /// <summary><see cref="Optimizers.Muon"/> for the blocks' matrices, AdamW for the rest.</summary>
    Muon,
}
