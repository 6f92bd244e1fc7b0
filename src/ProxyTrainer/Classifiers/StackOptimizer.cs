namespace Tda.ProxyTrainer.Classifiers;

/// <summary>SGD with momentum or AdamW over a stack's tensors, as <see cref="ClassifierOptimizer"/> says.</summary>
internal sealed class StackOptimizer : IDisposable
{
    private readonly ClassifierStack _stack;
    private readonly ClassifierOptions _options;
    private readonly Tensor[] _mean;
    private readonly Tensor[]? _square;

    public StackOptimizer(ClassifierStack stack, ClassifierOptions options)
    {
        (_stack, _options) = (stack, options);
        _mean = Zeros();
        _square = options.Optimizer == ClassifierOptimizer.AdamW ? Zeros() : null;

        Tensor[] Zeros() => [.. stack.Weights.Concat(stack.Biases).Select(t => zeros_like(t).DetachFromDisposeScope())];
    }

    public int Steps { get; private set; }

    /// <summary>One step. Changes the gradients.</summary>
    public void Step((Tensor[] Weights, Tensor[] Biases) gradients, double rate)
    {
        Steps++;
        var i = 0;
        foreach (var (parameter, gradient) in _stack.Weights.Concat(_stack.Biases).Zip(gradients.Weights.Concat(gradients.Biases)))
        {
            if (_square is null)
            {
                Sgd(parameter, gradient, _mean[i], rate);
            }
            else
            {
                AdamW(parameter, gradient, _mean[i], _square[i], rate);
            }

            i++;
        }
    }

    /// <summary>v̂ of model k per layer, (out, in + 1), the bias last; null with SGD, and before the first step. The caller owns them.</summary>
    public IReadOnlyList<Tensor>? SecondMoments(int k)
    {
        if (_square is null || Steps == 0)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var (layers, correction) = (_stack.Weights.Count, 1 - Math.Pow(_options.Beta2, Steps));
        return [.. Enumerable.Range(0, layers).Select(l =>
            cat([_square[l].select(l == 0 ? 1 : 0, k).transpose(0, 1), _square[layers + l].select(0, k).reshape(-1, 1)], 1).div_(correction).DetachFromDisposeScope())];
    }

    private void Sgd(Tensor parameter, Tensor gradient, Tensor velocity, double rate)
    {
        velocity.mul_(_options.Momentum).add_(gradient);
        if (_options.WeightDecay > 0)
        {
            velocity.add_(parameter, _options.WeightDecay);
        }

        parameter.add_(velocity, -rate);
    }

    private void AdamW(Tensor parameter, Tensor gradient, Tensor m, Tensor v, double rate)
    {
        m.mul_(_options.Momentum).add_(gradient, 1 - _options.Momentum);
        v.mul_(_options.Beta2).addcmul_(gradient, gradient, 1 - _options.Beta2);
        if (_options.WeightDecay > 0)
        {
            parameter.mul_(1 - rate * _options.WeightDecay);
        }

        var divisor = v.sqrt().div_(Math.Sqrt(1 - Math.Pow(_options.Beta2, Steps))).add_(_options.Epsilon);
        parameter.addcdiv_(m, divisor, -rate / (1 - Math.Pow(_options.Momentum, Steps)));
    }

    public void Dispose()
    {
        foreach (var t in _mean.Concat(_square ?? []))
        {
            t.Dispose();
        }
    }
}
