namespace Tda.ProxyTrainer.Optimizers;

/// <summary>
/// Root-free RMSProp (Lin et al. 2024, 2402.03496, figure 1): s₀ = 1/B; s ← β₂s + (1−β₂)g²; m ← μm + g/(B·s + λ);
/// θ ← θ − η·wd·θ (matrices only) − ηm. B·s estimates the diagonal of the Fisher matrix, which a step of natural gradient is divided by
/// without a root: g is a mean over B label tokens, and B·g² is, in the mean, the Fisher diagonal of one.
/// </summary>
/// <remarks>s₀ makes the first steps those of plain gradient descent; it is forgotten at the rate of β₂.</remarks>
public sealed class RootFreeRmsprop : IOptimizer
{
    private readonly FlatWeights _weights;
    private readonly double _batch;
    private readonly double _momentum;
    private readonly double _beta2;
    private readonly double _damping;
    private readonly double _weightDecay;
    private readonly long _start;
    private readonly Tensor _square;
    private readonly Tensor _velocity;

    /// <param name="weights">What to change.</param>
    /// <param name="batch">B: label tokens that a gradient is a mean over, above 0.</param>
    /// <param name="momentum">μ, of heavy-ball momentum.</param>
    /// <param name="beta2">β₂.</param>
    /// <param name="damping">λ, above 0.</param>
    /// <param name="weightDecay">wd.</param>
    /// <param name="start">Leaves the weights before this place to another optimiser.</param>
    public RootFreeRmsprop(
        FlatWeights weights, double batch, double momentum = 0.9, double beta2 = 0.95, double damping = 1e-3, double weightDecay = 0.01, long start = 0)
    {
        (_weights, _batch, _momentum, _beta2, _damping, _weightDecay, _start) = (weights, batch, momentum, beta2, damping, weightDecay, start);
        _square = full_like(weights.Flat, 1 / batch).DetachFromDisposeScope();
        Velocity = zeros_like(weights.Flat).DetachFromDisposeScope();
        _velocity = Velocity.narrow(0, start, weights.Flat.numel() - start).DetachFromDisposeScope();
    }

    /// <summary>m, flat; what stands before this optimiser's start belongs to the other one.</summary>
    internal Tensor Velocity { get; }

    public int Steps { get; set; }

    public IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor> { ["momentum"] = Velocity, ["square"] = _square };

    public void Step(Tensor gradient, double learningRate)
    {
        using IDisposable scope = NewDisposeScope();
        using var gradients = no_grad();
        Steps++;
        var g = gradient.narrow(0, _start, _velocity.numel());
        var s = _square.narrow(0, _start, _velocity.numel()).mul_(_beta2).addcmul_(g, g, 1 - _beta2);
        _velocity.mul_(_momentum).add_(g.div(s.mul(_batch).add_(_damping)));
        if (_weightDecay > 0)
        {
            _weights.Flat.narrow(0, 0, _weights.MatrixCount).mul_(1 - (learningRate * _weightDecay));
        }

        _weights.Flat.narrow(0, _start, _velocity.numel()).add_(_velocity, -learningRate);
    }

    public void Dispose()
    {
        foreach (var tensor in (Tensor[])[_square, _velocity, Velocity])
        {
            tensor.Dispose();
        }
    }
}
