namespace Tda.ProxyTrainer.Optimizers;

/// <summary>Which optimiser trains.</summary>
public enum OptimizerKind
{
    /// <summary><see cref="Optimizers.AdamW"/> for everything.</summary>
    AdamW,

    /// <summary><see cref="Optimizers.Muon"/> for the blocks' matrices, AdamW for the rest.</summary>
    Muon,
}
