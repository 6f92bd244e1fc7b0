using Tda.ProxyTrainer.Models;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Optimizers;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019) on the flat buffer: m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g²,
/// θ ← θ − η·wd·θ (matrices only) − η·m̂/(√v̂ + ε).
/// </summary>
public sealed class AdamW : IOptimizer
{
    private readonly LanguageModel _model;
    private readonly double _beta1;
    private readonly double _beta2;
    private readonly double _epsilon;
    private readonly double _weightDecay;
    private readonly Tensor _matrices;

    public AdamW(LanguageModel model, double beta1 = 0.9, double beta2 = 0.98, double epsilon = 1e-8, double weightDecay = 0.01)
    {
        (_model, _beta1, _beta2, _epsilon, _weightDecay) = (model, beta1, beta2, epsilon, weightDecay);
        Mean = zeros_like(model.Flat).DetachFromDisposeScope();
        Square = zeros_like(model.Flat).DetachFromDisposeScope();
        _matrices = model.Flat.narrow(0, 0, model.MatrixCount).DetachFromDisposeScope();
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
        using IDisposable gradients = no_grad();
        Steps++;
        Mean.mul_(_beta1).add_(gradient, 1 - _beta1);
        Square.mul_(_beta2).addcmul_(gradient, gradient, 1 - _beta2);
        Tensor divisor = Square.sqrt().div_(Math.Sqrt(1 - Math.Pow(_beta2, Steps))).add_(_epsilon);
        if (_weightDecay > 0)
        {
            _matrices.mul_(1 - (learningRate * _weightDecay));
        }

        _model.Flat.addcdiv_(Mean, divisor, -learningRate / (1 - Math.Pow(_beta1, Steps)));
    }

    public void Dispose()
    {
        Mean.Dispose();
        Square.Dispose();
        _matrices.Dispose();
    }
}
