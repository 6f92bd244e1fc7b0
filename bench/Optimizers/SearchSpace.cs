using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;

namespace Tda.Bench.Optimizers;

/// <summary>What a trial of external tuning draws, for each optimiser a space of its own, the same for all workloads.</summary>
internal static class SearchSpace
{
    /// <summary>A trial's options.</summary>
    public static TrainingOptions Draw(OptimizerKind kind, SplitMix64 random)
    {
        double Log(double low, double high) => low * Math.Pow(high / low, random.NextDouble());
        T One<T>(params T[] values) => values[random.NextInt(values.Length)];

        var rate = kind switch
        {
            OptimizerKind.Muon => Log(2e-3, 3e-2),
            OptimizerKind.RfRmsprop => Log(3e-4, 1e-2),
            OptimizerKind.SirfShampoo => Log(5e-3, 5e-2),
            _ => Log(1e-3, 3e-2),
        };
        var decay = Log(1e-3, 0.1);
        var (warmup, final) = (One(0.02, 0.05, 0.1), One(1, 0.05));
        var options = new TrainingOptions
        {
            Optimizer = kind,
            LearningRate = rate,
            WeightDecay = decay,
            WarmupFraction = warmup,
            FinalLearningRateFraction = kind == OptimizerKind.ScheduleFree ? 1 : final,
        };
        return kind switch
        {
            OptimizerKind.AdamW => options with { Beta1 = One(0.8, 0.9, 0.95), Beta2 = One(0.95, 0.98, 0.995) },
            OptimizerKind.Muon => options with { MuonLearningRate = Log(5e-3, 8e-2), MuonMomentum = One(0.85, 0.9, 0.95) },
            OptimizerKind.ScheduleFree => options with { Beta1 = One(0.8, 0.9, 0.95), Beta2 = One(0.95, 0.98, 0.99552) },
            OptimizerKind.Shampoo => options with
            {
                Beta1 = One(0.8, 0.9, 0.933),
                Beta2 = One(0.95, 0.98, 0.9955),
                Shampoo = new ShampooOptions { RootEvery = One(5, 10, 20) },
            },
            OptimizerKind.RfRmsprop => options with
            {
                Beta1 = One(0.8, 0.9, 0.95),
                Beta2 = One(0.8, 0.9, 0.95),
                Shampoo = new ShampooOptions { RootFreeDamping = Log(1e-4, 1e-2) },
            },
            OptimizerKind.SirfShampoo => options with
            {
                Beta1 = One(0.8, 0.9, 0.95),
                Beta2 = One(0.8, 0.9, 0.95),
                Shampoo = new ShampooOptions { FactorRate = Log(0.02, 0.3), Damping = Log(1e-2, 0.3) },
            },
            _ => options with
            {
                Beta1 = One(0.8, 0.9, 0.95),
                Beta2 = One(0.95, 0.98, 0.995),
                Shampoo = new ShampooOptions { SpectralRate = One(0.02, 0.05, 0.1) },
            },
        };
    }

    /// <summary>What self-tuning takes: the shipped defaults with a constant rate after the warm-up, as `tda distill` has it.</summary>
    public static TrainingOptions Defaults(OptimizerKind kind) => new() { Optimizer = kind, FinalLearningRateFraction = 1 };
}
