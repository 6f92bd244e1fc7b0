namespace Tda.ProxyTrainer.Optimizers;

/// <summary>
/// What an optimiser takes where nothing else is said, and what it can. Rates are right for models of about a million parameters;
/// those of the newer ones were chosen on two workloads of bench's verb optimizers, with a seed of their own.
/// </summary>
/// <param name="LearningRate">Peak η; Muon's own matrices have <see cref="Training.TrainingOptions.MuonLearningRate"/>.</param>
/// <param name="Beta1">β₁, or the momentum μ of the root-free ones.</param>
/// <param name="Beta2">β₂.</param>
/// <param name="WeightDecay">wd.</param>
/// <param name="MomentumAverages">The momentum is a running mean, which doesn't lengthen steps; else a sum, which lengthens them by 1/(1−μ).</param>
public sealed record OptimizerDefaults(double LearningRate, double Beta1, double Beta2, double WeightDecay, bool MomentumAverages)
{
    /// <summary>An optimiser's.</summary>
    public static OptimizerDefaults Of(OptimizerKind kind) => kind switch
    {
        OptimizerKind.AdamW => new(3e-3, 0.9, 0.98, 0.01, true),
        OptimizerKind.Muon => new(1e-2, 0.9, 0.98, 0.01, true),
        OptimizerKind.ScheduleFree => new(3e-3, 0.9, 0.99552, 0.0812, true),
        OptimizerKind.Shampoo => new(5e-3, 0.9, 0.98, 0.01, true),
        OptimizerKind.RfRmsprop => new(1e-3, 0.9, 0.8, 0.01, false),
        OptimizerKind.SirfShampoo => new(2e-2, 0.9, 0.8, 0.01, false),
        OptimizerKind.SpectralShampoo => new(3e-3, 0.9, 0.98, 0.01, true),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}

/// <summary>What the optimisers with matrix preconditioners have beyond rates and betas.</summary>
public sealed record ShampooOptions
{
    /// <summary>Longest side of the blocks that matrices are cut into, 8 to 1,024; default 256: a step's cost grows with its cube.</summary>
    public int Block { get; init; } = 256;

    /// <summary>Shampoo: steps between roots, 1 to 100,000; default 10. The steps before the first are Adam's.</summary>
    public int RootEvery { get; init; } = 10;

    /// <summary>Spectral Shampoo: β, how fast the factors follow the gradients, above 0 and at most .5; default .1.</summary>
    public double SpectralRate { get; init; } = 0.1;

    /// <summary>SIRF-Shampoo: β, the rate of its factors, above 0 and at most .5; default .2.</summary>
    public double FactorRate { get; init; } = 0.2;

    /// <summary>SIRF-Shampoo: α₂, the momentum of its factors, 0 to below 1; default .5.</summary>
    public double FactorMomentum { get; init; } = 0.5;

    /// <summary>SIRF-Shampoo: λ, above 0 and at most 10; default .1.</summary>
    public double Damping { get; init; } = 0.1;

    /// <summary>Root-free RMSProp: λ, above 0 and at most 10; default .001.</summary>
    public double RootFreeDamping { get; init; } = 1e-3;

    internal IEnumerable<string> Errors() => new OptionChecks()
        .Between("longest side of a block", Block, 8, 1024)
        .Between("steps between roots", RootEvery, 1, 100_000)
        .Require(SpectralRate is > 0 and <= 0.5, "spectral rate", SpectralRate, "above 0 and at most .5")
        .Require(FactorRate is > 0 and <= 0.5, "factor rate", FactorRate, "above 0 and at most .5")
        .Require(FactorMomentum is >= 0 and < 1, "factor momentum", FactorMomentum, "at least 0 and below 1")
        .Require(Damping is > 0 and <= 10, "SIRF-Shampoo's damping", Damping, "above 0 and at most 10")
        .Require(RootFreeDamping is > 0 and <= 10, "root-free RMSProp's damping", RootFreeDamping, "above 0 and at most 10").Errors;
}
