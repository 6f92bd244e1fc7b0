using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;

namespace Tda.Scoring.Replay;

/// <summary>
/// A step of an optimiser as a function that LibTorch differentiates: of weights θ, its two states a and v, and the gradient g. It computes what
/// the optimiser's own <see cref="IOptimizer.Step"/> does, clipping included, into new tensors instead of in place.
/// </summary>
internal abstract class DifferentiableStep
{
    private readonly double _clip;

    private protected DifferentiableStep(TrainingOptions options, LearningRateSchedule schedule) =>
        (_clip, Options, Schedule) = (options.GradientClip, options, schedule);

    /// <summary>Name of a among <see cref="IOptimizer.State"/>; v is <c>exp_avg_sq</c> everywhere.</summary>
    public virtual string First => "exp_avg";

    /// <summary>g is taken at <c>lead·θ + (1 − lead)·a</c>: at θ itself but for Schedule-Free.</summary>
    public virtual double Lead => 1;

    private protected TrainingOptions Options { get; }

    private protected LearningRateSchedule Schedule { get; }

    /// <summary>The step of the optimiser that the options name.</summary>
    /// <param name="weights">Where tensors stand in the flat buffer.</param>
    /// <param name="options">Of the training.</param>
    /// <param name="schedule">Its learning rates.</param>
    /// <exception cref="UsageException">The optimiser's step can't be differentiated here: names those that can.</exception>
    public static DifferentiableStep Of(FlatWeights weights, TrainingOptions options, LearningRateSchedule schedule) => options.Optimizer switch
    {
        OptimizerKind.AdamW => new AdamStep(weights, options, schedule),
        OptimizerKind.Muon => new MuonStep(weights, options, schedule),
        OptimizerKind.ScheduleFree => new ScheduleFreeStep(weights, options, schedule),
        _ => throw Unsupported(options.Optimizer),
    };

    /// <summary>The error for an optimiser whose step has no differentiable form here.</summary>
    public static UsageException Unsupported(OptimizerKind optimizer) => new(
        $"Steps of the optimiser {JsonNamingPolicy.SnakeCaseLower.ConvertName($"{optimizer}")} can't be replayed. Distil the surrogate with "
        + "--optimizer muon, adam_w or schedule_free.");

    /// <summary>The state after a step, of flat tensors as long as the weights.</summary>
    /// <param name="at">θ, a and v before the step.</param>
    /// <param name="gradient">g, not clipped.</param>
    /// <param name="step">Which, from 0.</param>
    public StepState Take(StepState at, Tensor gradient, int step)
    {
        var norm = gradient.norm();
        var length = norm.detach().to(ScalarType.Float64).item<double>();
        var clipped = _clip > 0 && length > _clip && double.IsFinite(length) ? gradient.mul(norm.reciprocal().mul(_clip)) : gradient;
        return Update(at, clipped, step);
    }

    /// <summary>The same of a clipped gradient.</summary>
    private protected abstract StepState Update(StepState at, Tensor gradient, int step);

    /// <summary>β₂v + (1−β₂)g².</summary>
    private protected Tensor Square(Tensor second, Tensor gradient) => second.mul(Options.Beta2).addcmul(gradient, gradient, 1 - Options.Beta2);

    /// <summary>1 − β^k of the k-th step.</summary>
    private protected static double Correction(double beta, int step) => 1 - Math.Pow(beta, step + 1);

    /// <summary>
    /// √x with a derivative of 0 where x is 0, as of weights that no batch has touched: there the chain rule would multiply the root's infinite
    /// derivative by the square's 0.
    /// </summary>
    private protected static Tensor Root(Tensor x)
    {
        var zero = x.detach().eq(0);
        return x.masked_fill(zero, 1).sqrt().masked_fill(zero, 0);
    }

    /// <summary>Matrices times a factor, vectors as they are.</summary>
    private protected static Tensor Decayed(Tensor weights, long matrices, double factor) => matrices == 0 ? weights : cat(
        [weights.narrow(0, 0, matrices).mul(factor), weights.narrow(0, matrices, weights.numel() - matrices)], 0);
}

/// <summary>What a step starts from and leaves: flat tensors as long as the weights.</summary>
/// <param name="Weights">θ.</param>
/// <param name="First">Momentum m; of Schedule-Free z.</param>
/// <param name="Second">Second moments v.</param>
internal sealed record StepState(Tensor Weights, Tensor First, Tensor Second)
{
    /// <summary>All three.</summary>
    public Tensor[] All => [Weights, First, Second];
}

/// <summary><see cref="AdamW"/>'s step.</summary>
internal sealed class AdamStep(FlatWeights weights, TrainingOptions options, LearningRateSchedule schedule) : DifferentiableStep(options, schedule)
{
    private protected override StepState Update(StepState at, Tensor gradient, int step)
    {
        var second = Square(at.Second, gradient);
        var (updated, first) = Update(at.Weights, at.First, second, gradient, weights.MatrixCount, step);
        return new(updated, first, second);
    }

    /// <summary>θ and m after a step, of all weights or of those from some place on.</summary>
    /// <param name="theta">θ.</param>
    /// <param name="mean">m.</param>
    /// <param name="second">v after the step.</param>
    /// <param name="gradient">g.</param>
    /// <param name="matrices">How many of them, the first, belong to matrices.</param>
    /// <param name="step">Which, from 0.</param>
    public (Tensor Weights, Tensor Mean) Update(Tensor theta, Tensor mean, Tensor second, Tensor gradient, long matrices, int step)
    {
        var rate = Schedule.At(step);
        var first = mean.mul(Options.Beta1).add(gradient, 1 - Options.Beta1);
        var divisor = Root(second).div(Math.Sqrt(Correction(Options.Beta2, step))).add(Options.Epsilon);
        var decayed = Options.WeightDecay > 0 ? Decayed(theta, matrices, 1 - (rate * Options.WeightDecay)) : theta;
        return (decayed.addcdiv(first, divisor, -rate / Correction(Options.Beta1, step)), first);
    }
}

/// <summary><see cref="Muon"/>'s step: through the momentum and all iterations of Newton and Schulz; AdamW's for what isn't hidden.</summary>
internal sealed class MuonStep(FlatWeights weights, TrainingOptions options, LearningRateSchedule schedule) : DifferentiableStep(options, schedule)
{
    private readonly AdamStep _rest = new(weights, options, schedule);
    private readonly WeightPart[] _hidden = [.. weights.Parts.Where(part => part.IsHidden)];

    private protected override StepState Update(StepState at, Tensor gradient, int step)
    {
        var (momentum, rate) = (Options.MuonMomentum, Schedule.At(step) * (Options.MuonLearningRate / Options.LearningRate));
        List<Tensor> theta = [], first = [];
        foreach (var part in _hidden)
        {
            var g = part.Of(gradient);
            var mean = part.Of(at.First).mul(momentum).add(g, 1 - momentum);
            var direction = Muon.Orthogonalize(g.mul(1 - momentum).add(mean, momentum));
            theta.Add(part.Of(at.Weights).add(direction, -rate * Math.Sqrt(Math.Max(1, part.Shape[0] / (double)part.Shape[1]))).reshape(-1));
            first.Add(mean.reshape(-1));
        }

        var second = Square(at.Second, gradient);
        Tensor From(Tensor flat) => flat.narrow(0, weights.HiddenCount, flat.numel() - weights.HiddenCount);
        var (others, means) = _rest.Update(
            From(at.Weights), From(at.First), From(second), From(gradient), weights.MatrixCount - weights.HiddenCount, step);
        return new(cat([.. theta, others], 0), cat([.. first, means], 0), second);
    }
}

/// <summary><see cref="ScheduleFreeAdamW"/>'s step, g taken at y: z and x. The shares of z in x are functions of the rates alone.</summary>
internal sealed class ScheduleFreeStep : DifferentiableStep
{
    private readonly long _matrices;
    private readonly double[] _shares;

    public ScheduleFreeStep(FlatWeights weights, TrainingOptions options, LearningRateSchedule schedule)
        : base(options, schedule)
    {
        _matrices = weights.MatrixCount;
        _shares = new double[schedule.Steps];
        var (sum, highest) = (0.0, 0.0);
        for (var step = 0; step < _shares.Length; step++)
        {
            highest = Math.Max(highest, schedule.At(step));
            var weight = Math.Pow(step + 1, ScheduleFreeAdamW.Power) * highest * highest;
            sum += weight;
            _shares[step] = sum > 0 ? weight / sum : 0;
        }
    }

    /// <inheritdoc/>
    public override string First => "z";

    /// <inheritdoc/>
    public override double Lead => Options.Beta1;

    private protected override StepState Update(StepState at, Tensor gradient, int step)
    {
        var (rate, share) = (Schedule.At(step), _shares[step]);
        var second = Square(at.Second, gradient);
        var divisor = Root(second.div(Correction(Options.Beta2, step))).add(Options.Epsilon);
        var z = at.First;
        if (Options.WeightDecay > 0 && _matrices > 0)
        {
            var y = at.Weights.mul(Lead).add(at.First, 1 - Lead);
            z = cat([z.narrow(0, 0, _matrices).add(y.narrow(0, 0, _matrices), -rate * Options.WeightDecay), z.narrow(0, _matrices, z.numel() - _matrices)], 0);
        }

        z = z.addcdiv(gradient, divisor, -rate);
        return new(at.Weights.mul(1 - share).add(z, share), z, second);
    }
}
