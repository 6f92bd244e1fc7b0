namespace Tda.ProxyTrainer.Optimizers;

/// <summary>
/// SIRF-Shampoo (Lin et al. 2024, 2402.03496, figure 3: IF-Shampoo), for every block of a matrix, G of d₁ × d₂ a mean over B label tokens:
/// T = K₁ᵀGK₂; m₁ ← α₂m₁ + (1−α₂)·½[(B/d₂)TTᵀ + (λ/d₂)·Tr(K₂ᵀK₂)·K₁ᵀK₁ − I], m₂ alike with TᵀT, d₁ and K₁;
/// K ← K − β·K·m/max(1, ‖m‖), both sides from the same K; U = K₁K₁ᵀGK₂K₂ᵀ; V ← μV + U; W ← W − η·wd·W − ηV.
/// Both K start at I.
/// </summary>
/// <remarks>
/// Products alone: no root, no inverse, no decomposition, so that low precision does. The paper writes the bracket with K₁/√d₁ and K₂/√d₂;
/// this is the same with the roots multiplied out. Vectors take <see cref="RootFreeRmsprop"/>, the same method on a diagonal.
/// </remarks>
public sealed class SirfShampoo : IOptimizer
{
    private readonly FlatWeights _weights;
    private readonly RootFreeRmsprop _rest;
    private readonly SirfSettings _settings;
    private readonly IReadOnlyList<MatrixBlock> _blocks;
    private readonly Factor[] _left;
    private readonly Factor[] _right;

    /// <param name="weights">What to change.</param>
    /// <param name="rest">For the vectors, starting at <see cref="FlatWeights.MatrixCount"/>; it decays the matrices, and its momentum holds theirs. Disposed of with this.</param>
    /// <param name="settings">B, μ, β, α₂, λ.</param>
    /// <param name="block">Longest side of a block.</param>
    public SirfShampoo(FlatWeights weights, RootFreeRmsprop rest, SirfSettings settings, long block = 1024)
    {
        (_weights, _rest, _settings, _blocks) = (weights, rest, settings, weights.Blocks(block));
        _left = [.. _blocks.Select(b => New(b.Rows))];
        _right = [.. _blocks.Select(b => New(b.Columns))];
        Factor New(long size) => new(
            eye(size, dtype: weights.Flat.dtype, device: weights.Flat.device).DetachFromDisposeScope(),
            zeros([size, size], weights.Flat.dtype, weights.Flat.device).DetachFromDisposeScope());
    }

    public int Steps
    {
        get => _rest.Steps;
        set => _rest.Steps = value;
    }

    public IReadOnlyDictionary<string, Tensor> State => _rest.State;

    public IReadOnlyDictionary<string, Tensor> Matrices => Enumerable.Range(0, _blocks.Count).SelectMany(b => new (string Name, Tensor Tensor)[]
    {
        (_blocks[b].Name + ".left", _left[b].K), (_blocks[b].Name + ".left_momentum", _left[b].Momentum),
        (_blocks[b].Name + ".right", _right[b].K), (_blocks[b].Name + ".right_momentum", _right[b].Momentum),
    }).ToDictionary(pair => pair.Name, pair => pair.Tensor);

    public void Step(Tensor gradient, double learningRate)
    {
        _rest.Step(gradient, learningRate);
        using var gradients = no_grad();
        for (var b = 0; b < _blocks.Count; b++)
        {
            using IDisposable scope = NewDisposeScope();
            var g = _blocks[b].Of(gradient);
            var (k1, k2) = (_left[b].K, _right[b].K);
            var t = k1.t().mm(g).mm(k2);
            var (gram1, gram2) = (k1.t().mm(k1), k2.t().mm(k2));
            var (trace1, trace2) = (gram1.trace(), gram2.trace());
            Turn(_left[b], t.mm(t.t()).mul_(_settings.Batch), gram1, trace2, _blocks[b].Columns);
            Turn(_right[b], t.t().mm(t).mul_(_settings.Batch), gram2, trace1, _blocks[b].Rows);
            var velocity = _blocks[b].Of(_rest.Velocity);
            velocity.mul_(_settings.Momentum).add_(k1.mm(k1.t().mm(g)).mm(k2).mm(k2.t()));
            _blocks[b].Of(_weights.Flat).add_(velocity, -learningRate);
        }
    }

    public void Dispose()
    {
        _rest.Dispose();
        foreach (var factor in _left.Concat(_right))
        {
            factor.K.Dispose();
            factor.Momentum.Dispose();
        }
    }

    // other: the length of the side that the products are over.
    private void Turn(Factor factor, Tensor statistic, Tensor gram, Tensor otherTrace, long other)
    {
        var target = statistic.add_(gram.mul(otherTrace).mul_(_settings.Damping)).div_(other)
            .sub_(eye(gram.shape[0], dtype: gram.dtype, device: gram.device)).mul_(0.5);
        factor.Momentum.mul_(_settings.FactorMomentum).add_(target, 1 - _settings.FactorMomentum);
        factor.K.sub_(factor.K.mm(factor.Momentum).mul_(_settings.FactorRate).div_(factor.Momentum.norm().clamp_min_(1)));
    }

    private sealed record Factor(Tensor K, Tensor Momentum);
}

/// <summary>SIRF-Shampoo's numbers.</summary>
/// <param name="Batch">B: label tokens that a gradient is a mean over, above 0.</param>
/// <param name="Momentum">μ of the weights, 0 to below 1.</param>
/// <param name="FactorRate">β of K, above 0 and below 1.</param>
/// <param name="FactorMomentum">α₂ of K, 0 to below 1.</param>
/// <param name="Damping">λ, above 0.</param>
public sealed record SirfSettings(double Batch, double Momentum = 0.9, double FactorRate = 0.05, double FactorMomentum = 0.5, double Damping = 1e-3);
