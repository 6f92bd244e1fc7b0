using Tda.ProxyTrainer.Classifiers;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Classifiers;

/// <summary>One model at a time, its own examples only, by autograd: slow and readable.</summary>
internal static class ClassifierReference
{
    /// <summary>
    /// Trains model from the stack's start; per batch of the plan the examples that are its own. Labels are classes (N) or
    /// distributions (N, C).
    /// </summary>
    public static Classifier Train(
        Classifier start, Tensor features, Tensor labels, bool[] own, IReadOnlyList<int[]> batches, ClassifierOptions options)
    {
        var share = own.Count(o => o) / (double)own.Length;
        var parameters = start.Weights.Concat(start.Biases).Select(t => t.clone()).ToArray();
        Tensor[] mean = [.. parameters.Select(p => zeros_like(p))], square = [.. parameters.Select(p => zeros_like(p))];
        for (var step = 0; step < batches.Count; step++)
        {
            long[] rows = [.. batches[step].Where(i => own[i]).Select(i => (long)i)];
            Tensor[] leaves = [.. parameters.Select(p => p.detach().requires_grad_(true))];
            var gradients = rows.Length == 0 ? [.. parameters.Select(p => zeros_like(p))] : Gradients(leaves);
            for (var p = 0; p < parameters.Length; p++)
            {
                var g = gradients[p];
                if (options.Optimizer == ClassifierOptimizer.Sgd)
                {
                    mean[p] = mean[p].mul(options.Momentum).add(g).add(parameters[p].mul(options.WeightDecay));
                    parameters[p] = parameters[p].sub(mean[p].mul(options.LearningRate));
                    continue;
                }
                mean[p] = mean[p].mul(options.Momentum).add(g.mul(1 - options.Momentum));
                square[p] = square[p].mul(options.Beta2).add(g.mul(g).mul(1 - options.Beta2));
                var (m, v) = (mean[p].div(1 - Math.Pow(options.Momentum, step + 1)), square[p].div(1 - Math.Pow(options.Beta2, step + 1)));
                parameters[p] = parameters[p].mul(1 - options.LearningRate * options.WeightDecay).sub(m.div(v.sqrt().add(options.Epsilon)).mul(options.LearningRate));
            }

            IList<Tensor> Gradients(Tensor[] leaves)
            {
                var index = tensor(rows, dtype: ScalarType.Int64);
                var at = features.index_select(0, index);
                var layers = leaves.Length / 2;
                for (var l = 0; l < layers; l++)
                {
                    at = nn.functional.linear(at, leaves[l], leaves[layers + l]);
                    if (l + 1 < layers)
                    {
                        at = start.Shape.Activate(at);
                    }
                }
                var targets = labels.index_select(0, index);
                var sum = labels.dim() == 1
                    ? nn.functional.cross_entropy(at, targets, reduction: nn.Reduction.Sum)
                    : at.log_softmax(-1).mul(targets).sum().neg();
                return autograd.grad([sum.div(share * batches[step].Length)], leaves);
            }
        }
        var half = parameters.Length / 2;
        return new Classifier(start.Shape, parameters[..half], parameters[half..]);
    }
}
