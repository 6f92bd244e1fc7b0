namespace Tda.ProxyTrainer.Classifiers;

/// <summary>What moves a classifier's weights.</summary>
public enum ClassifierOptimizer
{
    /// <summary>v ← μv + g, θ ← θ − ηv; weight decay is part of g, so that the objective is mean loss + wd/2·‖θ‖².</summary>
    Sgd,

    /// <summary>AdamW (1711.05101): decoupled weight decay.</summary>
    AdamW,
}
