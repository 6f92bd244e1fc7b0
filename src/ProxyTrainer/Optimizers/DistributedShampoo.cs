namespace Tda.ProxyTrainer.Optimizers;

/// <summary>
/// Distributed Shampoo on one machine (Gupta et al. 2018, 1802.09568, algorithm 1; Shi et al. 2023, 2309.06497, the winner of AlgoPerf's
/// external track). For every block of a matrix, its sides at most 1,024: L ← β₂L + (1−β₂)GGᵀ, R ← β₂R + (1−β₂)GᵀG,
/// U = L̂^{−1/4} M R̂^{−1/4} with L̂ = L/(1−β₂^t), grafted to Adam's norm.
/// </summary>
/// <remarks>
/// The roots are taken by eigendecomposition, in float64, every N steps; the first N − 1 steps are Adam's. Eigenvalues are raised to 0 and
/// ε is added, since a gradient of low rank leaves zeros, and rounding leaves less.
/// </remarks>
public sealed class DistributedShampoo : GraftedOptimizer
{
    private const double RootEpsilon = 1e-12;

    private readonly int _every;
    private readonly (Tensor Left, Tensor Right, Tensor LeftRoot, Tensor RightRoot)[] _factors;

    /// <param name="weights">What to change.</param>
    /// <param name="beta1">β₁ of M.</param>
    /// <param name="beta2">β₂ of L, R and Adam's second moments.</param>
    /// <param name="epsilon">ε of Adam's step.</param>
    /// <param name="weightDecay">wd.</param>
    /// <param name="block">Longest side of a block.</param>
    /// <param name="every">N: steps between roots.</param>
    public DistributedShampoo(
        FlatWeights weights, double beta1 = 0.933, double beta2 = 0.9955, double epsilon = 1e-8, double weightDecay = 0.081, long block = 1024, int every = 20)
        : base(weights, beta1, beta2, epsilon, weightDecay, block)
    {
        _every = every;
        _factors = [.. Blocks.Select(b => (Zeros(b.Rows), Zeros(b.Columns), Zeros(b.Rows), Zeros(b.Columns)))];
        Tensor Zeros(long size) => zeros([size, size], weights.Flat.dtype, weights.Flat.device).DetachFromDisposeScope();
    }

    public override IReadOnlyDictionary<string, Tensor> Matrices => Blocks.Zip(_factors).SelectMany(pair => new (string Name, Tensor Tensor)[]
    {
        (pair.First.Name + ".left", pair.Second.Left), (pair.First.Name + ".right", pair.Second.Right),
        (pair.First.Name + ".left_root", pair.Second.LeftRoot), (pair.First.Name + ".right_root", pair.Second.RightRoot),
    }).ToDictionary(pair => pair.Name, pair => pair.Tensor);

    private protected override Tensor? Direction(int block, Tensor gradient, Tensor mean)
    {
        var (left, right, leftRoot, rightRoot) = _factors[block];
        left.mul_(Beta2).add_(gradient.mm(gradient.t()), 1 - Beta2);
        right.mul_(Beta2).add_(gradient.t().mm(gradient), 1 - Beta2);
        if (Steps % _every == 0)
        {
            leftRoot.copy_(InverseFourthRoot(left));
            rightRoot.copy_(InverseFourthRoot(right));
        }

        return Steps < _every ? null : leftRoot.mm(mean).mm(rightRoot);
    }

    private Tensor InverseFourthRoot(Tensor factor)
    {
        var corrected = factor.to_type(ScalarType.Float64).div(1 - Math.Pow(Beta2, Steps));
        var (values, vectors) = linalg.eigh(corrected);
        return vectors.mul(values.clamp_min(0).add_(RootEpsilon).pow_(-0.25)).mm(vectors.t());
    }
}
