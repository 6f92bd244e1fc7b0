namespace Tda.ProxyTrainer.Optimizers;

/// <summary>
/// What both Shampoos share: Adam's moments over all weights, and for every block of a matrix a direction of their own whose length is
/// grafted to that of Adam's step (Agarwal et al. 2020, 2002.11803; Shi et al. 2023, 2309.06497, section 2.4):
/// U ← U·‖m̂/(√v̂ + ε)‖/‖U‖, θ ← θ − η·wd·θ (matrices only) − ηU. Vectors, and blocks without a direction yet, take Adam's step.
/// </summary>
public abstract class GraftedOptimizer : IOptimizer
{
    // A block without any gradient has none; a float32 still tells this from 0, by which 0 can't be divided.
    private const double ShortestDirection = 1e-30;

    private readonly FlatWeights _weights;
    private readonly double _beta1;
    private readonly double _epsilon;
    private readonly double _weightDecay;
    private readonly Tensor _mean;
    private readonly Tensor _square;

    private protected GraftedOptimizer(FlatWeights weights, double beta1, double beta2, double epsilon, double weightDecay, long block)
    {
        (_weights, _beta1, Beta2, _epsilon, _weightDecay) = (weights, beta1, beta2, epsilon, weightDecay);
        _mean = zeros_like(weights.Flat).DetachFromDisposeScope();
        _square = zeros_like(weights.Flat).DetachFromDisposeScope();
        Blocks = weights.Blocks(block);
    }

    public int Steps { get; set; }

    public IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor> { ["exp_avg"] = _mean, ["exp_avg_sq"] = _square };

    public abstract IReadOnlyDictionary<string, Tensor> Matrices { get; }

    private protected double Beta2 { get; }

    private protected IReadOnlyList<MatrixBlock> Blocks { get; }

    public void Step(Tensor gradient, double learningRate)
    {
        using IDisposable scope = NewDisposeScope();
        using var gradients = no_grad();
        Steps++;
        _square.mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
        _mean.mul_(_beta1).add_(gradient, 1 - _beta1);
        var update = _mean.div(1 - Math.Pow(_beta1, Steps)).div_(_square.div(1 - Math.Pow(Beta2, Steps)).sqrt_().add_(_epsilon));
        for (var b = 0; b < Blocks.Count; b++)
        {
            using IDisposable inner = NewDisposeScope();
            if (Direction(b, Blocks[b].Of(gradient), Blocks[b].Of(_mean)) is { } direction)
            {
                var adam = Blocks[b].Of(update);
                adam.copy_(direction.mul_(adam.norm().div_(direction.norm().clamp_min_(ShortestDirection))));
            }
        }

        if (_weightDecay > 0)
        {
            _weights.Flat.narrow(0, 0, _weights.MatrixCount).mul_(1 - (learningRate * _weightDecay));
        }

        _weights.Flat.add_(update, -learningRate);
    }

    public void Dispose()
    {
        _mean.Dispose();
        _square.Dispose();
        foreach (var tensor in Matrices.Values)
        {
            tensor.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Counts a block's gradient in and gives its direction.</summary>
    /// <param name="block">Which of <see cref="Blocks"/>.</param>
    /// <param name="gradient">G, (rows, columns).</param>
    /// <param name="mean">M, its running mean.</param>
    /// <returns>A new tensor of any length, or null: Adam's step.</returns>
    private protected abstract Tensor? Direction(int block, Tensor gradient, Tensor mean);
}
