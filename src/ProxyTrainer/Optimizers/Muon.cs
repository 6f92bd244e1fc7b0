namespace Tda.ProxyTrainer.Optimizers;

/// <summary>
/// Muon (Jordan et al. 2024) for the matrices inside the blocks, AdamW for embeddings, head, norms and biases.
/// M ← μM + (1−μ)G; U = orthogonalised (1−μ)G + μM (Nesterov); W ← W − η·√max(1, out/in)·U.
/// </summary>
/// <remarks>
/// Orthogonalised: all singular values near 1, by five steps of the Newton–Schulz iteration X ← aX + (bA + cA²)X, A = XXᵀ.
/// Every direction of a matrix learns at one speed, which a small model needs a quarter of AdamW's tokens for.
/// </remarks>
public sealed class Muon : IOptimizer
{
    private const int Iterations = 5;
    private const float A = 3.4445f;
    private const float B = -4.7750f;
    private const float C = 2.0315f;

    private readonly AdamW _rest;
    private readonly double _momentum;
    private readonly double _rateRatio;
    private readonly Tensor _flat;
    private readonly WeightPart[] _hidden;

    /// <param name="weights">What to change.</param>
    /// <param name="rest">AdamW for what is left, starting at <see cref="FlatWeights.HiddenCount"/>; its moments hold Muon's too. Disposed of with this.</param>
    /// <param name="rateRatio">Muon's learning rate over AdamW's: they share a schedule.</param>
    /// <param name="momentum">μ.</param>
    public Muon(FlatWeights weights, AdamW rest, double rateRatio, double momentum)
    {
        (_rest, _momentum, _rateRatio) = (rest, momentum, rateRatio);
        _flat = weights.Flat;
        _hidden = [.. weights.Parts.Where(part => part.IsHidden)];
    }

    public int Steps
    {
        get => _rest.Steps;
        set => _rest.Steps = value;
    }

    public IReadOnlyDictionary<string, Tensor> State => _rest.State;

    public void Step(Tensor gradient, double learningRate)
    {
        _rest.Step(gradient, learningRate);
        using var gradients = no_grad();
        var rate = learningRate * _rateRatio;
        foreach (var part in _hidden)
        {
            using IDisposable scope = NewDisposeScope();
            var (outputs, inputs) = (part.Shape[0], part.Shape[1]);
            var g = part.Of(gradient);
            var momentum = part.Of(_rest.Mean);
            momentum.mul_(_momentum).add_(g, 1 - _momentum);
            var direction = Orthogonalize(g.mul(1 - _momentum).add_(momentum, _momentum));
            part.Of(_flat).add_(direction, -rate * Math.Sqrt(Math.Max(1, outputs / (double)inputs)));
        }
    }

    public void Dispose() => _rest.Dispose();

    /// <summary>The nearest semi-orthogonal matrix, roughly: singular values between about .7 and 1.2. Can be differentiated.</summary>
    /// <param name="matrix">(out, in).</param>
    public static Tensor Orthogonalize(Tensor matrix)
    {
        var tall = matrix.shape[0] > matrix.shape[1]; // the smaller side gives the smaller products
        var x = tall ? matrix.t() : matrix;
        x = x.div(x.norm().add(1e-7));
        for (var i = 0; i < Iterations; i++)
        {
            var a = x.mm(x.t());
            x = addmm(x, addmm(a, a, a, B, C), x, A, 1);
        }

        return tall ? x.t() : x;
    }
}
