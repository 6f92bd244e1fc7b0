using Tda.ProxyTrainer.Models;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Optimizers;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019, 1711.05101) on the flat buffer: m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g²,
/// θ ← θ − η·wd·θ (matrices only) − η·m̂/(√v̂ + ε).
/// </summary>
public sealed class AdamW : IOptimizer
{
    // Numbers updated at a time: weights, gradient, moments and divisor of a piece, 640 KiB, stay in a core's second-level
    // cache through the nine passes of an update, which over the whole buffer would each go to memory.
    private const long Piece = 1 << 15;

    private readonly double _beta1;
    private readonly double _beta2;
    private readonly double _epsilon;
    private readonly double _weightDecay;
    private readonly Tensor _weights;
    private readonly long _matrices;
    private readonly long _start;

    /// <param name="model">Whose weights to change.</param>
    /// <param name="beta1">β₁.</param>
    /// <param name="beta2">β₂.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="weightDecay">wd.</param>
    /// <param name="start">Leaves the weights before this place of the flat buffer to another optimiser; their second moments are kept all the same.</param>
    public AdamW(LanguageModel model, double beta1 = 0.9, double beta2 = 0.98, double epsilon = 1e-8, double weightDecay = 0.01, long start = 0)
    {
        (_beta1, _beta2, _epsilon, _weightDecay, _start) = (beta1, beta2, epsilon, weightDecay, start);
        Mean = zeros_like(model.Flat).DetachFromDisposeScope();
        Square = zeros_like(model.Flat).DetachFromDisposeScope();
        _weights = model.Flat.alias().DetachFromDisposeScope();
        _matrices = model.MatrixCount;
    }

    /// <summary>First moments m, flat.</summary>
    public Tensor Mean { get; }

    /// <summary>Second moments v, flat.</summary>
    public Tensor Square { get; }

    public int Steps { get; set; }

    public IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor> { ["exp_avg"] = Mean, ["exp_avg_sq"] = Square };

    public void Step(Tensor gradient, double learningRate)
    {
        using IDisposable gradients = no_grad();
        Steps++;
        long total = _weights.numel();
        for (long at = 0, next; at < total; at = next)
        {
            // Pieces end where the treatment changes.
            next = Math.Min(total, at + Piece);
            next = at < _start ? Math.Min(next, _start) : at < _matrices ? Math.Min(next, _matrices) : next;
            StepPiece(gradient, at, next - at, learningRate);
        }
    }

    private void StepPiece(Tensor gradient, long at, long count, double learningRate)
    {
        using IDisposable scope = NewDisposeScope();
        Tensor Part(Tensor flat) => flat.narrow(0, at, count);
        Tensor g = Part(gradient);
        Tensor square = Part(Square).mul_(_beta2).addcmul_(g, g, 1 - _beta2);
        if (at < _start)
        {
            return;
        }

        Tensor mean = Part(Mean).mul_(_beta1).add_(g, 1 - _beta1);
        Tensor divisor = square.sqrt().div_(Math.Sqrt(1 - Math.Pow(_beta2, Steps))).add_(_epsilon);
        Tensor weights = Part(_weights);
        if (_weightDecay > 0 && at < _matrices)
        {
            weights.mul_(1 - (learningRate * _weightDecay));
        }

        weights.addcdiv_(mean, divisor, -learningRate / (1 - Math.Pow(_beta1, Steps)));
    }

    public void Dispose()
    {
        foreach (Tensor tensor in (Tensor[])[Mean, Square, _weights])
        {
            tensor.Dispose();
        }
    }
}
