using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Classifiers;

/// <summary>SGD with momentum or AdamW over a stack's tensors, as <see cref="ClassifierOptimizer"/> says.</summary>
internal sealed class StackOptimizer : IDisposable
{
    private readonly ClassifierStack stack;
    private readonly ClassifierOptions options;
    private readonly Tensor[] mean;
    private readonly Tensor[]? square;

    public StackOptimizer(ClassifierStack stack, ClassifierOptions options)
    {
        (this.stack, this.options) = (stack, options);
        mean = Zeros();
        square = options.Optimizer == ClassifierOptimizer.AdamW ? Zeros() : null;

        Tensor[] Zeros() => [.. stack.Weights.Concat(stack.Biases).Select(t => zeros_like(t).DetachFromDisposeScope())];
    }

    public int Steps { get; private set; }

    /// <summary>One step. Changes the gradients.</summary>
    public void Step((Tensor[] Weights, Tensor[] Biases) gradients, double rate)
    {
        Steps++;
        var i = 0;
        foreach (var (parameter, gradient) in stack.Weights.Concat(stack.Biases).Zip(gradients.Weights.Concat(gradients.Biases)))
        {
            if (square is null)
            {
                Sgd(parameter, gradient, mean[i], rate);
            }
            else
            {
                AdamW(parameter, gradient, mean[i], square[i], rate);
            }

            i++;
        }
    }

    /// <summary>v̂ of model k per layer, (out, in + 1), the bias last; null with SGD, and before the first step. The caller owns them.</summary>
    public IReadOnlyList<Tensor>? SecondMoments(int k)
    {
        if (square is null || Steps == 0)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var (layers, correction) = (stack.Weights.Count, 1 - Math.Pow(options.Beta2, Steps));
        return [.. Enumerable.Range(0, layers).Select(l =>
            cat([square[l].select(l == 0 ? 1 : 0, k).transpose(0, 1), square[layers + l].select(0, k).reshape(-1, 1)], 1).div_(correction).DetachFromDisposeScope())];
    }

    private void Sgd(Tensor parameter, Tensor gradient, Tensor velocity, double rate)
    {
        velocity.mul_(options.Momentum).add_(gradient);
        if (options.WeightDecay > 0)
        {
            velocity.add_(parameter, options.WeightDecay);
        }

        parameter.add_(velocity, -rate);
    }

    private void AdamW(Tensor parameter, Tensor gradient, Tensor m, Tensor v, double rate)
    {
        m.mul_(options.Momentum).add_(gradient, 1 - options.Momentum);
        v.mul_(options.Beta2).addcmul_(gradient, gradient, 1 - options.Beta2);
        if (options.WeightDecay > 0)
        {
            parameter.mul_(1 - rate * options.WeightDecay);
        }

        var divisor = v.sqrt().div_(Math.Sqrt(1 - Math.Pow(options.Beta2, Steps))).add_(options.Epsilon);
        parameter.addcdiv_(m, divisor, -rate / (1 - Math.Pow(options.Momentum, Steps)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var t in mean.Concat(square ?? []))
        {
            t.Dispose();
        }
    }
}
