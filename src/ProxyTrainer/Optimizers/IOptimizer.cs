namespace Tda.ProxyTrainer.Optimizers;

/// <summary>Changes flat weights by a flat gradient.</summary>
public interface IOptimizer : IDisposable
{
    /// <summary>Steps taken; set when resuming.</summary>
    int Steps { get; set; }

    /// <summary>What must be saved to go on exactly: flat tensors, as long as the weights, by the name that checkpoints give them.</summary>
    IReadOnlyDictionary<string, Tensor> State { get; }

    /// <summary>More that must be saved: tensors of other shapes, under names of their own. None by default.</summary>
    IReadOnlyDictionary<string, Tensor> Matrices => new Dictionary<string, Tensor>();

    /// <summary>
    /// Moves the weights to where the next gradient is to be taken; <see cref="Step"/> leaves them where the model is to be used. Only
    /// Schedule-Free tells the two apart: evaluated, saved and attributed is never what this leaves.
    /// </summary>
    void Prepare()
    {
    }

    /// <param name="gradient">As long as the flat weights.</param>
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

    /// <summary><see cref="ScheduleFreeAdamW"/>.</summary>
    ScheduleFree,

    /// <summary><see cref="DistributedShampoo"/> for matrices, AdamW for vectors.</summary>
    Shampoo,

    /// <summary><see cref="RootFreeRmsprop"/>.</summary>
    RfRmsprop,

    /// <summary><see cref="Optimizers.SirfShampoo"/> for matrices, root-free RMSProp for vectors.</summary>
    SirfShampoo,

    /// <summary><see cref="Optimizers.SpectralShampoo"/> for matrices, AdamW for vectors.</summary>
    SpectralShampoo,
}
