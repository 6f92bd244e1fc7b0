using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;

namespace Tda.Cli;

/// <summary>Which optimiser trains, and its numbers; left out, the optimiser's own defaults hold.</summary>
internal sealed class OptimizerSwitches
{
    public Option<OptimizerKind?> Kind { get; } = EnumOption.Of<OptimizerKind>("--optimizer",
        $"Which optimiser trains [default: {EnumOption.Spelled(new TrainingOptions().Optimizer)}; with --base {EnumOption.Spelled(OptimizerKind.AdamW)}]", null);

    public Option<double?> Beta1 { get; } = Share("--beta1", "Decay of the gradient's mean, or momentum of the root-free ones; default the optimiser's");

    public Option<double?> Beta2 { get; } = Share("--beta2", "Decay of the squared gradient's mean; default the optimiser's");

    public Option<double?> WeightDecay { get; } =
        CliOption.Optional<double?>("--weight-decay", "WD", "Decoupled weight decay of matrices, at least 0; default the optimiser's");

    public Option<int> Block { get; } = CliOption.Default("--shampoo-block", "N",
        "Shampoos: longest side of the blocks that matrices are cut into", new ShampooOptions().Block).Within(8, 1024);

    public Option<int> RootEvery { get; } = CliOption.Default("--shampoo-every", "N",
        "Shampoo: steps between the roots of its factors", new ShampooOptions().RootEvery).Within(1, 100_000);

    public Option[] All => [Kind, Beta1, Beta2, WeightDecay, Block, RootEvery];

    /// <summary>The same training with what was given.</summary>
    /// <param name="training">What holds otherwise.</param>
    /// <param name="fineTunes">Whether it goes on with trained weights, at a rate that is right for steps of Adam's length.</param>
    /// <param name="context">What was given.</param>
    /// <exception cref="UsageException">The optimiser's steps have another length.</exception>
    public TrainingOptions Apply(TrainingOptions training, bool fineTunes, VerbContext context)
    {
        if (fineTunes && context.Get(Kind) is OptimizerKind.Muon or OptimizerKind.RfRmsprop or OptimizerKind.SirfShampoo)
        {
            throw new UsageException(
                $"--optimizer {EnumOption.Spelled(context.Get(Kind)!.Value)} takes steps of a length that is right for fresh weights and would undo those of "
                + "--base. Choose adam_w, schedule_free, shampoo or spectral_shampoo.");
        }

        training = training with { Shampoo = training.Shampoo with { Block = context.Get(Block), RootEvery = context.Get(RootEvery) } };
        training = context.Get(Kind) is { } kind ? training with { Optimizer = kind } : training;
        training = context.Get(Beta1) is { } beta1 ? training with { Beta1 = beta1 } : training;
        training = context.Get(Beta2) is { } beta2 ? training with { Beta2 = beta2 } : training;
        return context.Get(WeightDecay) is { } decay ? training with { WeightDecay = decay } : training;
    }

    private static Option<double?> Share(string name, string description) => CliOption.Optional<double?>(name, "B", description);
}
