using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Reference;

/// <summary>
/// A classifier of fixed features, softmax regression or an MLP of one tanh layer, biases included: a row is [example, label]. It can be
/// trained, and moved.
/// </summary>
internal sealed class FeatureModel : IShiftableModel
{
    private readonly Tensor _features; // (n, d)

    public FeatureModel(Tensor features, int classes, int hidden = 0, int seed = 1, double scale = 0.5)
    {
        _features = features;
        var d = (int)features.shape[1];
        Classes = classes;
        Modules = hidden == 0
            ? [new("out", d, classes, true)]
            : [new("hidden", d, hidden, true), new("out", hidden, classes, true)];
        var random = new Random(seed);
        Weights = [.. Modules.Select(m => tensor(
            Enumerable.Range(0, (int)m.Elements).Select(_ => scale * Normal(random)).ToArray(), [m.Outputs, m.Columns], dtype: ScalarType.Float64))];
    }

    private FeatureModel(FeatureModel original)
    {
        (_features, Classes, Modules) = (original._features, original.Classes, original.Modules);
        Weights = [.. original.Weights.Select(w => w.clone())];
    }

    public int Classes { get; }

    /// <summary>Per module (out, columns), the bias last.</summary>
    public Tensor[] Weights { get; private set; }

    public IReadOnlyList<ModuleShape> Modules { get; }

    public int MaxPositions => 1;

    public ScalarType DType => ScalarType.Float64;

    public Device Device => CPU;

    /// <summary>A copy, to be moved.</summary>
    public FeatureModel Copy() => new(this);

    /// <summary>n examples of Gaussian clusters, labels drawn with some noise.</summary>
    public static (Tensor Features, MemoryRows Rows) Data(int n, int dimension, int classes, double noise = 0.15, int seed = 11)
    {
        var random = new Random(seed);
        var centres = Enumerable.Range(0, classes).Select(_ => Enumerable.Range(0, dimension).Select(_ => 1.5 * Normal(random)).ToArray()).ToArray();
        var values = new double[n * dimension];
        var tokens = new List<int[]>();
        for (var i = 0; i < n; i++)
        {
            var c = random.Next(classes);
            for (var j = 0; j < dimension; j++)
            {
                values[i * dimension + j] = centres[c][j] + Normal(random);
            }

            tokens.Add([i, random.NextDouble() < noise ? random.Next(classes) : c]);
        }
        return (tensor(values, [n, dimension], dtype: ScalarType.Float64), MemoryRows.FromTokens([.. Enumerable.Range(0, n).Select(i => $"example-{i}")], tokens));
    }

    public ForwardCapture Forward(Tensor ids, bool secondOrder = false)
    {
        var taps = Modules.Select(m => zeros([ids.shape[0], ids.shape[1], m.Outputs], dtype: DType).requires_grad_(true)).ToArray();
        var inputs = new List<Tensor>();
        var x = _features.index_select(0, ids.reshape(-1)).reshape(ids.shape[0], ids.shape[1], -1);
        for (var m = 0; m < Modules.Count; m++)
        {
            if (m > 0)
            {
                x = x.tanh();
            }

            inputs.Add(x);
            x = x.matmul(Weights[m].narrow(1, 0, Modules[m].Inputs).transpose(0, 1)).add(Weights[m].select(1, Modules[m].Inputs)).add(taps[m]);
        }
        return new ForwardCapture(x, taps, inputs);
    }

    public IDisposable Shift(ModuleGradients delta) => new WeightShift(Weights.Select((w, m) => (w, delta.Tensors[m].select(0, 0))));

    /// <summary>Reference: logits (1, C) of one row, differentiable with respect to the weights, and how.</summary>
    public (Tensor Logits, Func<Tensor, Tensor> Gradient) Open(TokenRow row)
    {
        var kept = Weights;
        var leaves = Weights.Select(w => w.clone().requires_grad_(true)).ToArray();
        Weights = leaves;
        var logits = Forward(tensor(new long[] { row.Tokens[0] }, [1, 1], dtype: ScalarType.Int64)).Logits.squeeze(0);
        Weights = kept;
        return (logits, y => cat([.. autograd.grad([y], [.. leaves], retain_graph: true).Select(g => g.reshape(-1))], 0));
    }

    /// <summary>Full-batch gradient descent on the mean loss.</summary>
    public FeatureModel Train(IRowSource rows, int steps, double rate)
    {
        using var scope = NewDisposeScope();
        var loaded = Enumerable.Range(0, rows.RowCount).Select(rows.Load).ToArray();
        var ids = tensor(loaded.Select(r => (long)r.Tokens[0]).ToArray(), [loaded.Length, 1], dtype: ScalarType.Int64);
        var labels = tensor(loaded.Select(r => (long)r.Tokens[1]).ToArray(), [loaded.Length], dtype: ScalarType.Int64);
        for (var k = 0; k < steps; k++)
        {
            using var step = NewDisposeScope();
            Tensor[] leaves = [.. Weights.Select(w => w.detach().requires_grad_(true))];
            Weights = leaves;
            var g = autograd.grad([nn.functional.cross_entropy(Forward(ids).Logits.squeeze(1), labels)], leaves);
            Weights = [.. leaves.Select((w, m) => w.detach().sub(g[m].mul(rate)).DetachFromDisposeScope())];
        }
        return this;
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
