using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Optimizers;
using Tda.Scoring.Hypergradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Hypergradients;

/// <summary>
/// A classifier with one hidden layer on Gaussian clusters, a share of whose training labels is wrong; the meta set's are right. It is large
/// enough to learn the wrong ones by heart.
/// </summary>
internal sealed class NoisyClassifier : IWeightedProblem
{
    private readonly int _classes;
    private readonly int _hidden;
    private readonly int _dimension;
    private readonly (Tensor X, Tensor Y) _train;
    private readonly (Tensor X, Tensor Y) _meta;
    private readonly (Tensor X, Tensor Y) _test;

    public NoisyClassifier(int examples, int meta, int classes, int dimension, int hidden, double noise, double spread, long seed, ScalarType dtype = ScalarType.Float32)
    {
        (_classes, _dimension, _hidden, Examples, MetaExamples) = (classes, dimension, hidden, examples, meta);
        var random = SplitMix64.Of(seed);
        double[] centres = [.. Enumerable.Range(0, classes * dimension).Select(_ => random.NextNormal())];
        (Tensor, Tensor) Draw(int count, Action<int, long[]>? change = null)
        {
            var labels = new long[count];
            var values = new double[count * dimension];
            for (var i = 0; i < count; i++)
            {
                labels[i] = random.NextInt(classes);
                for (var j = 0; j < dimension; j++)
                {
                    values[(i * dimension) + j] = centres[((int)labels[i] * dimension) + j] + (spread * random.NextNormal());
                }

                change?.Invoke(i, labels);
            }

            return (tensor(values, [count, dimension], dtype: ScalarType.Float64).to_type(dtype), tensor(labels, [count]));
        }

        Noisy = new bool[examples];
        _train = Draw(examples, (i, labels) =>
        {
            Noisy[i] = random.NextDouble() < noise;
            labels[i] = Noisy[i] ? (labels[i] + 1 + random.NextInt(classes - 1)) % classes : labels[i];
        });
        (_meta, _test) = (Draw(meta), Draw(1_000));
        long[][] shapes = [[hidden, dimension], [classes, hidden], [hidden], [classes]];
        var parts = new List<WeightPart>();
        foreach (var shape in shapes)
        {
            parts.Add(new WeightPart($"part{parts.Count}", parts.Sum(p => p.Count), shape, IsHidden: false));
        }

        var start = parts.SelectMany(p => Enumerable.Range(0, (int)p.Count).Select(_ => p.Shape.Length == 2 ? random.NextNormal() / Math.Sqrt(p.Shape[1]) : 0)).ToArray();
        Parameters = new FlatWeights(tensor(start, [start.Length], dtype: ScalarType.Float64).to_type(dtype), parts);
    }

    public int Examples { get; }

    /// <summary>Which examples have a wrong label.</summary>
    public bool[] Noisy { get; }

    public FlatWeights Parameters { get; }

    public int MetaExamples { get; }

    public double SizeOf(int example) => 1;

    public Tensor Gradient(IReadOnlyList<int> examples, IReadOnlyList<double> weights)
    {
        using var scope = NewDisposeScope();
        var theta = Parameters.Flat.detach().clone().requires_grad_(true);
        var loss = Losses(theta, Rows(_train, examples)).mul(tensor([.. weights], [weights.Count], dtype: ScalarType.Float64).to_type(theta.dtype)).sum().div(examples.Count);
        return Autograd.Grad([loss], [theta])[0].DetachFromDisposeScope();
    }

    public double[] Losses(IReadOnlyList<int> examples)
    {
        using var scope = NewDisposeScope();
        return Losses(Parameters.Flat, Rows(_train, examples)).to_type(ScalarType.Float64).data<double>().ToArray();
    }

    public (double Loss, Tensor Gradient) Meta(IReadOnlyList<int>? examples)
    {
        using var scope = NewDisposeScope();
        var theta = Parameters.Flat.detach().clone().requires_grad_(true);
        var loss = Losses(theta, examples is null ? _meta : Rows(_meta, examples)).mean();
        return (loss.to_type(ScalarType.Float64).item<double>(), Autograd.Grad([loss], [theta])[0].DetachFromDisposeScope());
    }

    /// <summary>Share of 1,000 fresh examples that it gets right.</summary>
    public double Accuracy()
    {
        using var scope = NewDisposeScope();
        return Logits(Parameters.Flat, _test.X).argmax(1).eq(_test.Y).to_type(ScalarType.Float64).mean().item<double>();
    }

    private Tensor Losses(Tensor theta, (Tensor X, Tensor Y) data) =>
        nn.functional.cross_entropy(Logits(theta, data.X), data.Y, reduction: nn.Reduction.None);

    private Tensor Logits(Tensor theta, Tensor x)
    {
        Tensor Part(int i) => Parameters.Parts[i].Of(theta);
        return x.matmul(Part(0).t()).add(Part(2)).tanh().matmul(Part(1).t()).add(Part(3));
    }

    private static (Tensor X, Tensor Y) Rows((Tensor X, Tensor Y) data, IReadOnlyList<int> examples)
    {
        var at = tensor([.. examples.Select(e => (long)e)], [examples.Count], dtype: ScalarType.Int64);
        return (data.X.index_select(0, at), data.Y.index_select(0, at));
    }
}
