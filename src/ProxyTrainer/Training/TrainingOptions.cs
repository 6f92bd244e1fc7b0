using Tda.ProxyTrainer.Optimizers;

namespace Tda.ProxyTrainer.Training;

/// <summary>How to train.</summary>
public sealed record TrainingOptions
{
    private readonly double? _learningRate;
    private readonly double? _beta1;
    private readonly double? _beta2;
    private readonly double? _weightDecay;
    private readonly double? _finalFraction;

    /// <summary>Default Muon: calibrated on models of about a million parameters, it needs a quarter of AdamW's tokens.</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Muon;

    /// <summary>Peak learning rate, above 0; with Muon AdamW's. Default that of the optimiser, right for about a million parameters.</summary>
    public double LearningRate
    {
        get => _learningRate ?? OptimizerDefaults.Of(Optimizer).LearningRate;
        init => _learningRate = value;
    }

    /// <summary>Muon's peak learning rate, above 0; default .02.</summary>
    public double MuonLearningRate { get; init; } = 0.02;

    /// <summary>Muon's momentum, 0 to 1; default .95.</summary>
    public double MuonMomentum { get; init; } = 0.95;

    /// <summary>Passes over the examples, at least 1; default 6.</summary>
    public int Epochs { get; init; } = 6;

    /// <summary>Ends training after so many steps, and the schedule with it; default none.</summary>
    public int? MaxSteps { get; init; }

    /// <summary>Most tokens a batch, padding included; default 1,024.</summary>
    public int BatchTokens { get; init; } = 1_024;

    /// <summary>
    /// Parts into which every batch's rows are split, to be computed side by side on as many cores, at least 1; default 1. It
    /// changes results only by rounding; the same number gives the same results on any number of cores.
    /// </summary>
    public int GradientShards { get; init; } = 1;

    /// <summary>What the program takes for <see cref="GradientShards"/>: two cores every machine has, and more pay only with larger batches.</summary>
    public const int TwoCores = 2;

    /// <summary>Share of the steps in which the learning rate rises linearly, 0 to 1; default .1.</summary>
    public double WarmupFraction { get; init; } = 0.1;

    /// <summary>Where the cosine ends, as a share of the peak, 0 to 1; default .05. Schedule-Free has no other than 1, its default.</summary>
    public double FinalLearningRateFraction
    {
        get => _finalFraction ?? (Optimizer == OptimizerKind.ScheduleFree ? 1 : 0.05);
        init => _finalFraction = value;
    }

    /// <summary>Decay of the gradient's mean, or momentum of the root-free ones, 0 to 1; default the optimiser's (AdamW: .9).</summary>
    public double Beta1
    {
        get => _beta1 ?? OptimizerDefaults.Of(Optimizer).Beta1;
        init => _beta1 = value;
    }

    /// <summary>Decay of the squared gradient's mean, 0 to 1; default the optimiser's (AdamW: .98).</summary>
    public double Beta2
    {
        get => _beta2 ?? OptimizerDefaults.Of(Optimizer).Beta2;
        init => _beta2 = value;
    }

    /// <summary>Added to the root of the squared gradient's mean; default 1e-8.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay, on matrices only, at least 0; default the optimiser's (AdamW: .01).</summary>
    public double WeightDecay
    {
        get => _weightDecay ?? OptimizerDefaults.Of(Optimizer).WeightDecay;
        init => _weightDecay = value;
    }

    /// <summary>What the optimisers with matrix preconditioners have beyond rates and betas.</summary>
    public ShampooOptions Shampoo { get; init; } = new();

    /// <summary>Longest gradient (2-norm over all weights); longer ones are shortened to it. 0 is no limit; default 1.</summary>
    public double GradientClip { get; init; } = 1;

    /// <summary>IF-Guide: a suppressed token whose probability is below this is left alone, 0 to 1; default 1e-4.</summary>
    public double PenaltyFloor { get; init; } = 1e-4;

    /// <summary>
    /// Trains a response network over λ: masked tokens, which weigh −1 in the examples, get each example's own λ as a factor, and the model must
    /// have gates. Default null: one model, at the examples' weights.
    /// </summary>
    public ResponseRange? Response { get; init; }

    /// <summary>Orders the examples.</summary>
    public long Seed { get; init; }

    /// <summary>Where checkpoints go and are resumed from; null: none, and a stopped run starts over.</summary>
    public string? CheckpointDirectory { get; init; }

    /// <summary>Steps between checkpoints; 0: only at the end and when stopped. Default 0.</summary>
    public int CheckpointEvery { get; init; }

    /// <exception cref="UsageException">Every value out of range, at once.</exception>
    public void Validate() => new OptionChecks()
        .Above("learning rate", LearningRate, 0)
        .Above("Muon's learning rate", MuonLearningRate, 0)
        .Require(MuonMomentum is >= 0 and < 1, "Muon's momentum", MuonMomentum, "at least 0 and below 1")
        .AtLeast("epochs", Epochs, 1)
        .AtLeast("max steps", MaxSteps, 1)
        .AtLeast("gradient shards", GradientShards, 1)
        .AtLeast("batch tokens", BatchTokens, 1)
        .Between("warm-up fraction", WarmupFraction, 0, 1)
        .Between("final learning-rate fraction", FinalLearningRateFraction, 0, 1)
        .Require(Optimizer != OptimizerKind.ScheduleFree || FinalLearningRateFraction == 1, "final learning-rate fraction of Schedule-Free",
            FinalLearningRateFraction, "1: it needs no schedule")
        .Require(Optimizer != OptimizerKind.ScheduleFree || Beta1 > 0, "beta1 of Schedule-Free", Beta1, "above 0")
        .Require(Beta1 is >= 0 and < 1, "beta1", Beta1, "at least 0 and below 1")
        .Require(Beta2 is >= 0 and < 1, "beta2", Beta2, "at least 0 and below 1")
        .Above("epsilon", Epsilon, 0)
        .AtLeast("weight decay", WeightDecay, 0)
        .Require(GradientClip >= 0, "gradient clip", GradientClip, "at least 0")
        .Require(PenaltyFloor is >= 0 and < 1, "penalty floor", PenaltyFloor, "at least 0 and below 1")
        .Require(Response is null or { IsValid: true }, $"a response network is trained over a range with 0 < low < high, not {Response}")
        .AtLeast("checkpoint every", CheckpointEvery, 0)
        .With(Shampoo.Errors())
        .Throw("The training's");
}
