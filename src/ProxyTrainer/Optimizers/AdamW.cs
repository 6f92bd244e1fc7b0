namespace Tda.ProxyTrainer.Optimizers;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019, 1711.05101) on the flat buffer: m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g²,
/// θ ← θ − η·wd·θ (matrices only) − η·m̂/(√v̂ + ε).
/// </summary>
public sealed class AdamW : IOptimizer
{
    private readonly double _beta1;
    private readonly double _beta2;
    private readonly double _epsilon;
    private readonly double _weightDecay;
    private readonly Tensor _weights;  // what it changes: the flat buffer from the start on
    private readonly Tensor _matrices;
    private readonly Tensor _mean;
    private readonly Tensor _square;
    private readonly long _start;

    /// <param name="weights">What to change.</param>
    /// <param name="beta1">β₁.</param>
    /// <param name="beta2">β₂.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="weightDecay">wd.</param>
    /// <param name="start">Leaves the weights before this place of the flat buffer to another optimiser; their second moments are kept all the same.</param>
    public AdamW(FlatWeights weights, double beta1 = 0.9, double beta2 = 0.98, double epsilon = 1e-8, double weightDecay = 0.01, long start = 0)
    {
        (_beta1, _beta2, _epsilon, _weightDecay, _start) = (beta1, beta2, epsilon, weightDecay, start);
        Mean = zeros_like(weights.Flat).DetachFromDisposeScope();
        Square = zeros_like(weights.Flat).DetachFromDisposeScope();
        Tensor From(Tensor flat) => flat.narrow(0, start, flat.numel() - start).DetachFromDisposeScope();
        (_weights, _mean, _square) = (From(weights.Flat), From(Mean), From(Square));
        _matrices = weights.Flat.narrow(0, start, weights.MatrixCount - start).DetachFromDisposeScope();
    }

    /// <summary>First moments m, flat.</summary>
    public Tensor Mean { get; }

    /// <summary>Second moments v, flat.</summary>
    public Tensor Square { get; }

    public int Steps { get; set; }

    public IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor> { ["exp_avg"] = Mean, ["exp_avg_sq"] = Square };

    public void Step(Tensor gradient, double learningRate)
    {
        using IDisposable scope = NewDisposeScope();
        using var gradients = no_grad();
        Steps++;
        Square.mul_(_beta2).addcmul_(gradient, gradient, 1 - _beta2);
        _mean.mul_(_beta1).add_(gradient.narrow(0, _start, _mean.numel()), 1 - _beta1);
        var divisor = _square.sqrt().div_(Math.Sqrt(1 - Math.Pow(_beta2, Steps))).add_(_epsilon);
        if (_weightDecay > 0)
        {
            _matrices.mul_(1 - (learningRate * _weightDecay));
        }

        _weights.addcdiv_(_mean, divisor, -learningRate / (1 - Math.Pow(_beta1, Steps)));
    }

    /// <summary>
    /// ∂u/∂g of the step that <see cref="Step"/> would take, θ ← θ − u(g), element by element (SAMA, 2310.05674, eq. 5 with the corrections of
    /// both moments' bias): <c>η[(1−β₁)β₂v − β₁(1−β₂)gm] / (c₁c₂(√v̂' + ε)³)</c>, m and v before the step, v̂' after it. As long as the flat weights,
    /// in the caller's dispose scope.
    /// </summary>
    /// <param name="gradient">g.</param>
    /// <param name="learningRate">η.</param>
    public Tensor StepDerivative(Tensor gradient, double learningRate)
    {
        using IDisposable scope = NewDisposeScope();
        using var gradients = no_grad();
        var (first, second) = (1 - Math.Pow(_beta1, Steps + 1), 1 - Math.Pow(_beta2, Steps + 1));
        var divisor = Square.mul(_beta2).addcmul_(gradient, gradient, 1 - _beta2).div_(second).sqrt_().add_(_epsilon).pow_(3);
        return Square.mul((1 - _beta1) * _beta2).addcmul_(gradient, Mean, -_beta1 * (1 - _beta2)).div_(divisor)
            .mul_(learningRate / (first * second)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var tensor in (Tensor[])[Mean, Square, _mean, _square, _weights, _matrices])
        {
            tensor.Dispose();
        }
    }
}
