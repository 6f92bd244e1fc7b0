using Tda.ProxyTrainer.Engine;
using static TorchSharp.torch;

namespace Tda.Evaluation.Proxies;

/// <summary>
/// Many small networks of one architecture trained side by side: every operator works on all of them at once, so that hundreds of
/// retrainings take about as many operator calls as one. Models don't mix: each has its own weights, examples and order.
/// </summary>
internal sealed class StackedMlp : IDisposable
{
    private readonly MlpShape _shape;
    private readonly Tensor[] _parameters;   // per layer: weight (K, in, out), bias (K, 1, out)

    public StackedMlp(int models, int inputs, int classes, MlpShape shape, long seed)
    {
        (_shape, Models, Inputs) = (shape, models, inputs);
        int[] widths = [inputs, .. shape.Hidden, classes];
        var all = new List<Tensor>();
        for (var layer = 0; layer + 1 < widths.Length; layer++)
        {
            var (rows, columns) = (widths[layer], widths[layer + 1]);
            var values = new float[models * rows * columns];
            for (var k = 0; k < models; k++)
            {
                // A model's start depends on its own number only, not on how many stand beside it.
                var random = new SplitMix64(SplitMix64.SequenceSeed(seed + layer * 1_000_003L, k));
                ProxyTask.Normals(rows * columns, 1 / Math.Sqrt(rows), ref random).CopyTo(values, k * rows * columns);
            }
            all.Add(tensor(values, [models, rows, columns]).DetachFromDisposeScope());
            all.Add(zeros([models, 1, columns]).DetachFromDisposeScope());
        }
        _parameters = [.. all];
    }

    /// <summary>K.</summary>
    public int Models { get; }

    /// <summary>Width of an input.</summary>
    public int Inputs { get; }

    /// <summary>Trains every model on its own examples by mini-batches of SGD with momentum.</summary>
    /// <param name="inputs">(N, in).</param>
    /// <param name="targets">(N, classes): distributions; one-hot for labels.</param>
    /// <param name="examples">Per model: its examples, as many for each.</param>
    /// <param name="options">Rate, batch, epochs.</param>
    /// <param name="epochs">Passes over the examples.</param>
    /// <param name="seed">Of the order.</param>
    /// <param name="cancellation">Stops between steps.</param>
    public void Train(
        Tensor inputs, Tensor targets, IReadOnlyList<int[]> examples, ProxyStudyOptions options, int epochs, long seed,
        CancellationToken cancellation)
    {
        var velocity = _parameters.Select(p => zeros_like(p).DetachFromDisposeScope()).ToArray();
        var order = examples.Select(e => e.ToArray()).ToArray();
        var random = Enumerable.Range(0, Models).Select(k => new SplitMix64(SplitMix64.SequenceSeed(seed, k))).ToArray();
        var batch = Math.Min(options.Batch, order[0].Length);
        try
        {
            for (var epoch = 0; epoch < epochs; epoch++)
            {
                for (var k = 0; k < Models; k++)
                {
                    Shuffle(order[k], ref random[k]);
                }

                for (var at = 0; at + batch <= order[0].Length; at += batch)
                {
                    cancellation.ThrowIfCancellationRequested();
                    Step(inputs, targets, order, at, batch, velocity, options);
                }
            }
        }
        finally
        {
            foreach (var v in velocity)
            {
                v.Dispose();
            }
        }
    }

    /// <summary>Logits (K, B, classes) of inputs (B, in) or (K, B, in).</summary>
    public Tensor Logits(Tensor inputs) => Logits(inputs, _parameters);

    /// <summary>Losses in nats [K][Q] of the labels of (Q, in).</summary>
    public double[][] Losses(Tensor inputs, IReadOnlyList<int> labels)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var index = tensor(labels.Select(l => (long)l).ToArray(), [1, labels.Count, 1], dtype: ScalarType.Int64);
        var losses = Logits(inputs).log_softmax(-1).gather(2, index.expand(Models, labels.Count, 1)).neg();
        return [.. losses.to_type(ScalarType.Float64).contiguous().data<double>().ToArray().Chunk(labels.Count)];
    }

    /// <summary>Probabilities (Q, classes) that the k-th model gives.</summary>
    public Tensor Probabilities(int k, Tensor inputs)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        return Logits(inputs).select(0, k).softmax(-1).contiguous().clone().MoveToOuterDisposeScope();
    }

    /// <summary>One model for scoring; it must not outlive this.</summary>
    /// <param name="k">Which.</param>
    /// <param name="features">(rows, in): the first token of a row is its place in it.</param>
    public StackedMember Member(int k, Tensor features) =>
        new([.. _parameters.Select(p => p.select(0, k).DetachFromDisposeScope())], _shape.Activation, features);

    public void Dispose()
    {
        foreach (var parameter in _parameters)
        {
            parameter.Dispose();
        }
    }

    /// <summary>The activation.</summary>
    internal static Tensor Activate(Tensor x, MlpActivation activation) => activation == MlpActivation.Tanh ? x.tanh() : x.relu();

    private void Step(Tensor inputs, Tensor targets, int[][] order, int at, int batch, Tensor[] velocity, ProxyStudyOptions options)
    {
        using var scope = NewDisposeScope();
        var chosen = new long[Models * batch];
        for (var k = 0; k < Models; k++)
        {
            for (var b = 0; b < batch; b++)
            {
                chosen[k * batch + b] = order[k][at + b];
            }
        }
        var index = tensor(chosen, [chosen.Length], dtype: ScalarType.Int64);
        var x = inputs.index_select(0, index).reshape(Models, batch, -1);
        var t = targets.index_select(0, index).reshape(Models, batch, -1);
        Tensor[] gradients;
        using (enable_grad())
        {
            var leaves = _parameters.Select(p => p.detach().requires_grad_(true)).ToArray();
            // A sum over models of means over examples: each model's gradient is that of its own mean loss.
            var loss = Logits(x, leaves).log_softmax(-1).mul(t).sum().neg().div(batch);
            gradients = [.. Autograd.Grad([loss], leaves)];
        }
        using (no_grad())
        {
            for (var p = 0; p < _parameters.Length; p++)
            {
                velocity[p].mul_(options.Momentum).add_(gradients[p]).add_(_parameters[p], options.WeightDecay);
                _parameters[p].add_(velocity[p], -options.LearningRate);
            }
        }
    }

    private Tensor Logits(Tensor inputs, Tensor[] leaves)
    {
        var x = inputs;
        for (var p = 0; p < leaves.Length; p += 2)
        {
            if (p > 0)
            {
                x = Activate(x, _shape.Activation);
            }

            x = x.matmul(leaves[p]).add(leaves[p + 1]);
        }
        return x;
    }

    private static void Shuffle(int[] items, ref SplitMix64 random)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = random.NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}

/// <summary>A network's architecture but for its input and output.</summary>
/// <param name="Hidden">Widths of the hidden layers; none for a logistic regression.</param>
/// <param name="Activation">Between layers.</param>
public sealed record MlpShape(IReadOnlyList<int> Hidden, MlpActivation Activation);

/// <summary>Between the layers of a study's network.</summary>
public enum MlpActivation
{
    /// <summary>tanh.</summary>
    Tanh,

    /// <summary>max(0, x).</summary>
    Relu,
}
