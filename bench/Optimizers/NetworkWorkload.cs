using Tda.Lab.Data;
using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Optimizers;
using static TorchSharp.torch;

namespace Tda.Bench.Optimizers;

/// <summary>A network of fully connected layers with tanh between them, and classes at its end.</summary>
internal sealed class NetworkWorkload : Workload
{
    private const int Rows = 64;

    private readonly int[] _widths;
    private readonly Tensor _features;
    private readonly Tensor _labels;
    private readonly Tensor _heldOutFeatures;
    private readonly Tensor _heldOutLabels;

    private NetworkWorkload(string name, int[] widths, Tensor features, Tensor labels, int heldOut, int steps, int evaluateEvery)
        : base(name, steps, evaluateEvery)
    {
        _widths = widths;
        (_heldOutFeatures, _features) = (Part(features, 0, heldOut), Part(features, heldOut, features.shape[0] - heldOut));
        (_heldOutLabels, _labels) = (Part(labels, 0, heldOut), Part(labels, heldOut, labels.shape[0] - heldOut));
        static Tensor Part(Tensor all, long start, long count) => all.narrow(0, start, count).clone().DetachFromDisposeScope();
    }

    public override double Batch => Rows;

    /// <summary>4,000 digits of MNIST; 800 are held out.</summary>
    public static NetworkWorkload Digits(string folder, int steps, int evaluateEvery)
    {
        using var scope = NewDisposeScope();
        var digits = MnistDigits.Read(folder).Draw(4_000, seed: 0);
        return new NetworkWorkload(
            "digits", [MnistDigits.Features, 64, MnistDigits.Classes], tensor(digits.Pixels, [4_000, MnistDigits.Features]),
            tensor(digits.Labels.Select(label => (long)label).ToArray()), 800, steps, evaluateEvery);
    }

    /// <summary>
    /// Classes drawn from what a fixed network says of features whose covariance has a condition number of 10⁶, turned so that no feature
    /// has a direction of its own: what a rate for each weight alone can't undo.
    /// </summary>
    public static NetworkWorkload IllConditioned(int steps, int evaluateEvery)
    {
        const int Count = 6_000, Features = 48, Hidden = 32, Classes = 6;
        using var scope = NewDisposeScope();
        var random = SplitMix64.Of(11, "ill-conditioned");
        Tensor Normal(long rows, long columns, double scale) => tensor(random.Normals(rows * columns, scale), [rows, columns]);
        var (latent, turn) = (Normal(Count, Features, 1), linalg.qr(Normal(Features, Features, 1)).Q);
        var scales = tensor(Enumerable.Range(0, Features).Select(i => (float)Math.Pow(10, -3.0 * i / (Features - 1))).ToArray());
        var logits = latent.mm(Normal(Features, Hidden, 2 / Math.Sqrt(Features))).tanh().mm(Normal(Hidden, Classes, 3 / Math.Sqrt(Hidden)));
        var chances = logits.softmax(-1).cumsum(-1).data<float>().ToArray();
        long[] labels = [.. Enumerable.Range(0, Count).Select(row =>
        {
            var draw = random.NextDouble();
            return (long)Enumerable.Range(0, Classes - 1).Count(c => chances[(row * Classes) + c] < draw);
        })];
        return new NetworkWorkload(
            "ill-conditioned", [Features, 48, 48, Classes], latent.mul(scales).mm(turn), tensor(labels), 1_000, steps, evaluateEvery);
    }

    public override WorkloadRun Start(long seed) => new Run(this, seed);

    private sealed class Run : WorkloadRun
    {
        private readonly NetworkWorkload _work;
        private readonly Tensor _flat;
        private readonly Tensor[] _leaves; // weights (out, in) of each layer, then biases
        private readonly SplitMix64 _random;

        public Run(NetworkWorkload work, long seed)
        {
            (_work, _random) = (work, SplitMix64.Of(seed, "order"));
            var parts = new List<WeightPart>();
            long offset = 0;
            var layers = work._widths.Length - 1;
            for (var l = 0; l < 2 * layers; l++)
            {
                long outputs = work._widths[(l % layers) + 1];
                long[] shape = l < layers ? [outputs, work._widths[l]] : [outputs];
                parts.Add(new WeightPart(l < layers ? $"{l}.weight" : $"{l - layers}.bias", offset, shape, l < layers - 1));
                offset += parts[^1].Count;
            }

            using var scope = NewDisposeScope();
            _flat = zeros(offset).DetachFromDisposeScope();
            foreach (var part in parts.Where(part => part.Shape.Length == 2))
            {
                part.Of(_flat).copy_(tensor(SplitMix64.Of(seed, part.Name).Normals(part.Count, 1 / Math.Sqrt(part.Shape[1])), part.Shape));
            }

            _leaves = [.. parts.Select(part => part.Of(_flat).detach().requires_grad_(true).DetachFromDisposeScope())];
            Weights = new FlatWeights(_flat, parts);
        }

        public override FlatWeights Weights { get; }

        public override (double Loss, Tensor Gradient) Gradient(int step)
        {
            var rows = tensor(Enumerable.Range(0, Rows).Select(_ => (long)_random.NextInt((int)_work._features.shape[0])).ToArray());
            var loss = nn.functional.cross_entropy(Forward(_work._features.index_select(0, rows)), _work._labels.index_select(0, rows));
            return (loss.item<float>(), cat([.. Autograd.Grad([loss], _leaves).Select(g => g.reshape(-1))], 0));
        }

        public override double Evaluate()
        {
            using var scope = NewDisposeScope();
            using var gradients = no_grad();
            return nn.functional.cross_entropy(Forward(_work._heldOutFeatures), _work._heldOutLabels).item<float>();
        }

        public override void Dispose()
        {
            foreach (var tensor in _leaves.Append(_flat))
            {
                tensor.Dispose();
            }
        }

        private Tensor Forward(Tensor x)
        {
            var layers = _leaves.Length / 2;
            for (var l = 0; l < layers; l++)
            {
                x = nn.functional.linear(l == 0 ? x : x.tanh(), _leaves[l], _leaves[layers + l]);
            }

            return x;
        }
    }
}
