using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Optimizers;

/// <summary>Makes the optimiser that training options name.</summary>
public static class OptimizerFactory
{
    /// <param name="weights">What it changes.</param>
    /// <param name="options">Which, and its numbers.</param>
    /// <param name="batch">Label tokens that a gradient is a mean over, on average: the root-free ones scale by it.</param>
    public static IOptimizer Create(FlatWeights weights, TrainingOptions options, double batch)
    {
        var (beta1, beta2, epsilon, decay, shampoo) = (options.Beta1, options.Beta2, options.Epsilon, options.WeightDecay, options.Shampoo);
        return options.Optimizer switch
        {
            OptimizerKind.AdamW => new AdamW(weights, beta1, beta2, epsilon, decay),
            OptimizerKind.Muon => new Muon(
                weights, new AdamW(weights, beta1, beta2, epsilon, decay, weights.HiddenCount),
                options.MuonLearningRate / options.LearningRate, options.MuonMomentum),
            OptimizerKind.ScheduleFree => new ScheduleFreeAdamW(weights, beta1, beta2, epsilon, decay),
            OptimizerKind.Shampoo => new DistributedShampoo(weights, beta1, beta2, epsilon, decay, shampoo.Block, shampoo.RootEvery),
            OptimizerKind.RfRmsprop => new RootFreeRmsprop(weights, batch, beta1, beta2, shampoo.RootFreeDamping, decay),
            OptimizerKind.SirfShampoo => new SirfShampoo(
                weights, new RootFreeRmsprop(weights, batch, beta1, beta2, shampoo.Damping, decay, weights.MatrixCount),
                new SirfSettings(batch, beta1, shampoo.FactorRate, shampoo.FactorMomentum, shampoo.Damping), shampoo.Block),
            OptimizerKind.SpectralShampoo => new SpectralShampoo(weights, beta1, beta2, epsilon, decay, shampoo.Block, shampoo.SpectralRate),
            _ => throw new ArgumentOutOfRangeException(nameof(options)),
        };
    }

    /// <summary>Numbers that an optimiser keeps in <see cref="IOptimizer.Matrices"/> for a model of this shape, beside two for each weight.</summary>
    public static long FactorCount(ModelConfig config, TrainingOptions options)
    {
        var parts = ParameterLayout.Of(config).Select(spec => new WeightPart(spec.Name, 0, spec.Shape, spec.IsBlockMatrix));
        var blocks = FlatWeights.BlocksOf(parts, options.Shampoo.Block);
        long Squares(MatrixBlock block) => (block.Rows * block.Rows) + (block.Columns * block.Columns);
        return options.Optimizer switch
        {
            OptimizerKind.Shampoo or OptimizerKind.SirfShampoo => 2 * blocks.Sum(Squares),
            OptimizerKind.SpectralShampoo => blocks.Sum(block => Squares(block) + block.Rows + block.Columns),
            OptimizerKind.ScheduleFree => 2,
            _ => 0,
        };
    }
}
