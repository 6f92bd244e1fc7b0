namespace Tda.ProxyTrainer.Optimizers;

/// <summary>
/// Schedule-Free AdamW (Defazio et al. 2024, 2405.15682, algorithm 1; the winner of AlgoPerf's self-tuning track). With k steps taken:
/// y = (1−β₁)z + β₁x; g at y; v ← β₂v + (1−β₂)g²; z ← z − η·wd·y (matrices only) − η·g/(√(v/(1−β₂^{k+1})) + ε);
/// w = (k+1)^r·η_max²; c = w/Σw; x ← (1−c)x + cz.
/// </summary>
/// <remarks>
/// The model is x, an average of the z, whatever the learning rate's end: the rate stays constant after its warm-up. The weights are at y
/// only between <see cref="Prepare"/> and <see cref="Step"/>, where the gradient is taken; otherwise they are x, so that checkpoints,
/// fidelity and attribution see x. y is computed from x and z at every step, and a resumed run computes the same one.
/// </remarks>
public sealed class ScheduleFreeAdamW : IOptimizer
{
    /// <summary>r where nothing else is said.</summary>
    public const double Power = 0.75;

    private readonly double _beta1;
    private readonly double _beta2;
    private readonly double _epsilon;
    private readonly double _weightDecay;
    private readonly double _power;
    private readonly FlatWeights _weights;
    private readonly Tensor _z;
    private readonly Tensor _square;
    private readonly Tensor _x;    // kept while the weights are at y
    private readonly Tensor _sums; // float64 (2): Σw and η_max

    /// <param name="weights">What to change; they are x.</param>
    /// <param name="beta1">β₁: how near to x the gradient is taken, above 0.</param>
    /// <param name="beta2">β₂.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="weightDecay">wd.</param>
    /// <param name="power">r: how much more later steps weigh.</param>
    public ScheduleFreeAdamW(FlatWeights weights, double beta1 = 0.9, double beta2 = 0.99552, double epsilon = 1e-8, double weightDecay = 0.0812, double power = Power)
    {
        (_weights, _beta1, _beta2, _epsilon, _weightDecay, _power) = (weights, beta1, beta2, epsilon, weightDecay, power);
        using var gradients = no_grad();
        _z = weights.Flat.clone().DetachFromDisposeScope();
        _x = weights.Flat.clone().DetachFromDisposeScope();
        _square = zeros_like(weights.Flat).DetachFromDisposeScope();
        _sums = zeros(2, ScalarType.Float64).DetachFromDisposeScope();
    }

    public int Steps { get; set; }

    public IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor> { ["z"] = _z, ["exp_avg_sq"] = _square };

    public IReadOnlyDictionary<string, Tensor> Matrices => new Dictionary<string, Tensor> { ["schedule_free.sums"] = _sums };

    public void Prepare()
    {
        if (Steps == 0)
        {
            // A model that was loaded after this was made starts where it is.
            using var scope = NewDisposeScope();
            using var none = no_grad();
            _z.copy_(_weights.Flat);
        }

        using var gradients = no_grad();
        _x.copy_(_weights.Flat);
        _weights.Flat.mul_(_beta1).add_(_z, 1 - _beta1);
    }

    public void Step(Tensor gradient, double learningRate)
    {
        using IDisposable scope = NewDisposeScope();
        using var gradients = no_grad();
        Steps++;
        _square.mul_(_beta2).addcmul_(gradient, gradient, 1 - _beta2);
        var divisor = _square.div(1 - Math.Pow(_beta2, Steps)).sqrt_().add_(_epsilon);
        if (_weightDecay > 0)
        {
            _z.narrow(0, 0, _weights.MatrixCount).add_(_weights.Flat.narrow(0, 0, _weights.MatrixCount), -learningRate * _weightDecay);
        }

        _z.addcdiv_(gradient, divisor, -learningRate);

        var (sum, highest) = (_sums[0].item<double>(), Math.Max(_sums[1].item<double>(), learningRate));
        var weight = Math.Pow(Steps, _power) * highest * highest;
        sum += weight;
        _sums.copy_(tensor([sum, highest]));
        var share = sum > 0 ? weight / sum : 0;
        _weights.Flat.copy_(_x).mul_(1 - share).add_(_z, share);
    }

    public void Dispose()
    {
        foreach (var tensor in (Tensor[])[_z, _x, _square, _sums])
        {
            tensor.Dispose();
        }
    }
}
