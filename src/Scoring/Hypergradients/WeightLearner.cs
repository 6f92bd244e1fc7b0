using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Curvature.Products;

namespace Tda.Scoring.Hypergradients;

/// <summary>
/// Learns weights of examples while it trains on them, so that what is trained becomes good at the meta objective (SAMA, 2310.05674,
/// algorithm 1). Each step:
/// <list type="number">
/// <item>The batch's weights, with a mean of 1, and one step of AdamW on the weighted objective.</item>
/// <item>Every few steps the gradient of the meta objective where that leads.</item>
/// <item>How each example of the batch would have changed it: a hypergradient.</item>
/// <item>One step of Adam on λ.</item>
/// </list>
/// A function of the problem, the weights at the start, options and seed alone; <see cref="State"/> is all that must be kept to go on.
/// </summary>
public sealed class WeightLearner : IDisposable
{
    private readonly IWeightedProblem _problem;
    private readonly IExampleWeights _weights;
    private readonly WeightLearnerOptions _options;
    private readonly IHypergradient _hypergradient;
    private readonly AdamW _base;
    private readonly AdamW _meta;
    private readonly IReadOnlyList<int[]> _plan;
    private readonly MiniBatchSchedule _metaBatches;
    private readonly LearningRateSchedule _schedule;

    /// <param name="problem">What is trained; its θ are changed.</param>
    /// <param name="weights">What is learned; changed.</param>
    /// <param name="plan">The examples of every step.</param>
    /// <param name="options">How.</param>
    /// <exception cref="UsageException">Options out of range, or no step.</exception>
    public WeightLearner(IWeightedProblem problem, IExampleWeights weights, IReadOnlyList<int[]> plan, WeightLearnerOptions options)
    {
        options.Validate();
        if (plan.Count == 0)
        {
            throw new UsageException("There is nothing to learn weights of: no example has a token with loss.");
        }

        if (plan.All(batch => batch.Length < 2))
        {
            throw new UsageException("Every batch holds one example, so that there is nothing to weigh it against. Raise the batch's tokens.");
        }

        if (options.MetaEvery > plan.Count)
        {
            throw new UsageException($"The training has {plan.Count} steps, too few for a look at the meta set every {options.MetaEvery}.");
        }

        (_problem, _weights, _plan, _options) = (problem, weights, plan, options);
        _hypergradient = options.Hypergradient.Create();
        _base = new AdamW(problem.Parameters, options.Beta1, options.Beta2, weightDecay: options.WeightDecay);
        var flat = new FlatWeights(weights.Parameters, [new WeightPart("lambda", 0, [weights.Parameters.numel()], IsHidden: false)]);
        _meta = new AdamW(flat, weightDecay: 0);
        _metaBatches = new MiniBatchSchedule(problem.MetaExamples, options.MetaBatch, options.Seed);
        _schedule = new LearningRateSchedule(options.LearningRate, plan.Count, options.WarmupFraction, options.FinalLearningRateFraction);
    }

    /// <summary>Steps taken; set when going on.</summary>
    public int Steps
    {
        get => _base.Steps;
        set => (_base.Steps, _meta.Steps) = (value, value / _options.MetaEvery);
    }

    /// <summary>Steps in all.</summary>
    public int Count => _plan.Count;

    /// <summary>What must be kept to go on exactly, by name; live tensors, to be copied into when going on.</summary>
    public IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor>
    {
        ["weights"] = _problem.Parameters.Flat,
        ["weights.exp_avg"] = _base.Mean,
        ["weights.exp_avg_sq"] = _base.Square,
        ["lambda"] = _weights.Parameters,
        ["lambda.exp_avg"] = _meta.Mean,
        ["lambda.exp_avg_sq"] = _meta.Square,
    };

    /// <summary>Takes one step.</summary>
    /// <returns>The meta objective where the step led; null where the step didn't look.</returns>
    /// <exception cref="DivergenceException">The meta objective or the gradient is no longer a number.</exception>
    public double? Step()
    {
        using var scope = NewDisposeScope();
        var (step, examples) = (Steps, _plan[Steps]);
        var rate = _schedule.At(step);

        // 1. Weights, and a step on what they weigh.
        double[] losses = _weights.NeedsLosses
            ? [.. _problem.Losses(examples).Select((loss, i) => loss / _problem.SizeOf(examples[i]))] : [];
        var w = Balanced(_weights.Of(examples, losses), examples);
        var values = w.detach().data<double>().ToArray();
        using var gradient = _problem.Gradient(examples, values);
        var looks = (step + 1) % _options.MetaEvery == 0;
        var at = looks ? _problem.Parameters.Flat.detach().clone() : null;
        var derivative = looks && _hypergradient.NeedsDerivative ? Derivative(gradient, rate) : null;
        _base.Step(gradient, rate);
        if (!looks)
        {
            return null;
        }

        // 2. Where it led.
        var (meta, metaGradient) = _problem.Meta(_metaBatches.Step(step / _options.MetaEvery));
        using var owned = metaGradient;
        var norm = metaGradient.norm().to_type(ScalarType.Float64).item<double>();
        if (!double.IsFinite(meta) || !double.IsFinite(norm))
        {
            throw new DivergenceException(step, meta, norm, rate);
        }

        // 3. What each example had to do with it.
        var taken = new HypergradientStep
        {
            Problem = _problem,
            Examples = examples,
            Weights = values,
            At = at!,
            MetaGradient = metaGradient,
            LearningRate = rate,
            Derivative = derivative,
        };
        var direction = _hypergradient.Direction(taken);
        var byExample = CentralDifference.OfExamples(taken, direction, _options.Hypergradient.Perturbation);

        // 4. λ. Adam looks at no gradient's size, so neither the rate above nor the number of label tokens matter here.
        var byLambda = Autograd.Grad([w], [_weights.Parameters], [tensor(byExample, [byExample.Length], dtype: ScalarType.Float64)])[0];
        _meta.Step(byLambda, _options.MetaLearningRate);
        return meta;
    }

    /// <summary>w of examples as they are learned now.</summary>
    /// <param name="examples">Ordinals.</param>
    public double[] WeightsOf(IReadOnlyList<int> examples)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        double[] losses = _weights.NeedsLosses
            ? [.. _problem.Losses(examples).Select((loss, i) => loss / _problem.SizeOf(examples[i]))] : [];
        return _weights.Of(examples, losses).data<double>().ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _base.Dispose();
        _meta.Dispose();
    }

    // A weighted mean: without it the easiest thing to learn is how large steps should be, and all weights rise or fall together
    // (Meta-Weight-Net normalises for the same reason).
    private Tensor Balanced(Tensor w, int[] examples)
    {
        double[] sizes = [.. examples.Select(_problem.SizeOf)];
        return w.div(w.mul(tensor(sizes, [sizes.Length], dtype: ScalarType.Float64)).sum().div(sizes.Sum()));
    }

    // Where no example of the batch has a gradient, none has a second derivative. Adam's derivative is largest exactly there, and would take
    // up the whole length of the perturbation.
    private Tensor Derivative(Tensor gradient, double rate) => _base.StepDerivative(gradient, rate).masked_fill_(gradient.eq(0), 0);
}

/// <summary>How weights are learned.</summary>
public sealed record WeightLearnerOptions
{
    /// <summary>How hypergradients are computed.</summary>
    public HypergradientOptions Hypergradient { get; init; } = new();

    /// <summary>AdamW's peak rate on θ, above 0; default .001.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Adam's rate on λ, above 0; default .05.</summary>
    public double MetaLearningRate { get; init; } = 0.05;

    /// <summary>Steps on θ for each on λ, at least 1; default 1.</summary>
    public int MetaEvery { get; init; } = 1;

    /// <summary>Examples of the meta set a step; 0: all. Default 32.</summary>
    public int MetaBatch { get; init; } = 32;

    /// <summary>β₁ on θ, 0 to below 1; default .9.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>β₂ on θ, 0 to below 1; default .98.</summary>
    public double Beta2 { get; init; } = 0.98;

    /// <summary>Weight decay on θ's matrices, at least 0; default .01.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Share of the steps that warm up, 0 to 1; default .1.</summary>
    public double WarmupFraction { get; init; } = 0.1;

    /// <summary>Where the cosine ends, as a share of the peak, 0 to 1; default .1: examples of the last steps count too.</summary>
    public double FinalLearningRateFraction { get; init; } = 0.1;

    /// <summary>Orders the meta set.</summary>
    public long Seed { get; init; }

    /// <exception cref="UsageException">Every value out of range, at once.</exception>
    public void Validate() => new OptionChecks()
        .Above("learning rate", LearningRate, 0)
        .Above("rate of the weights", MetaLearningRate, 0)
        .AtLeast("steps for each on the weights", MetaEvery, 1)
        .AtLeast("meta batch", MetaBatch, 0)
        .Require(Beta1 is >= 0 and < 1, "beta1", Beta1, "at least 0 and below 1")
        .Require(Beta2 is >= 0 and < 1, "beta2", Beta2, "at least 0 and below 1")
        .AtLeast("weight decay", WeightDecay, 0)
        .Between("warm-up fraction", WarmupFraction, 0, 1)
        .Between("final learning-rate fraction", FinalLearningRateFraction, 0, 1)
        .With(Hypergradient.Errors())
        .Throw("The reweighting's");
}
