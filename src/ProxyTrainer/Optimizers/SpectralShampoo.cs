namespace Tda.ProxyTrainer.Optimizers;

/// <summary>
/// Shampoo with spectral-factorised sides (Lin et al. 2025, 2502.06268): L of GGᵀ and R of GᵀG are <see cref="SpectralFactor"/>s, so that
/// any root is one of eigenvalues and nothing is decomposed. U = L^{−1/4} M R^{−1/4}, grafted to Adam's norm.
/// </summary>
/// <remarks>
/// The paper's Kronecker form ties the two sides' scales by constraints on their determinants. Here each side is a running mean of its own
/// as in Shampoo: the grafted length doesn't depend on their scales.
/// </remarks>
public sealed class SpectralShampoo : GraftedOptimizer
{
    private readonly (SpectralFactor Left, SpectralFactor Right)[] _factors;

    /// <param name="weights">What to change.</param>
    /// <param name="beta1">β₁ of M.</param>
    /// <param name="beta2">β₂ of Adam's second moments.</param>
    /// <param name="epsilon">ε of Adam's step.</param>
    /// <param name="weightDecay">wd.</param>
    /// <param name="block">Longest side of a block.</param>
    /// <param name="rate">β of L and R.</param>
    public SpectralShampoo(
        FlatWeights weights, double beta1 = 0.9, double beta2 = 0.98, double epsilon = 1e-8, double weightDecay = 0.01, long block = 1024, double rate = 0.05)
        : base(weights, beta1, beta2, epsilon, weightDecay, block)
    {
        _factors = [.. Blocks.Select(b => (New(b.Rows), New(b.Columns)))];
        SpectralFactor New(long size) => new(size, rate, weights.Flat.dtype, weights.Flat.device);
    }

    public override IReadOnlyDictionary<string, Tensor> Matrices => Blocks.Zip(_factors).SelectMany(pair => new (string Name, Tensor Tensor)[]
    {
        (pair.First.Name + ".left_basis", pair.Second.Left.Basis), (pair.First.Name + ".left_values", pair.Second.Left.Values),
        (pair.First.Name + ".right_basis", pair.Second.Right.Basis), (pair.First.Name + ".right_values", pair.Second.Right.Values),
    }).ToDictionary(pair => pair.Name, pair => pair.Tensor);

    private protected override Tensor? Direction(int block, Tensor gradient, Tensor mean)
    {
        var (left, right) = _factors[block];
        left.Update(gradient);
        right.Update(gradient.t());
        return left.Power(-0.25).mm(mean).mm(right.Power(-0.25));
    }
}
