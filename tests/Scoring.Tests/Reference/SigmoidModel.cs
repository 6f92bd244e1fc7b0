using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Reference;

/// <summary>
/// Logistic regression on one-hot features: token i of a row (feature, label) has logits (0, w_i). Its gradients, and so its
/// Gauss-Newton matrix, are diagonal, where EK-FAC's basis and every exponential are exact.
/// </summary>
internal sealed class SigmoidModel(double[] weights) : IShiftableModel
{
    public Tensor Weight { get; } = tensor(weights, [1, weights.Length], dtype: ScalarType.Float64);

    public IReadOnlyList<ModuleShape> Modules { get; } = [new("w", weights.Length, 1, false)];

    public int MaxPositions => 8;

    public ScalarType DType => ScalarType.Float64;

    public Device Device => CPU;

    public ForwardCapture Forward(Tensor ids, bool secondOrder = false)
    {
        var tap = zeros([ids.shape[0], ids.shape[1], 1], dtype: DType).requires_grad_(true);
        var input = eye(weights.Length, dtype: DType).index_select(0, ids.reshape(-1)).reshape(ids.shape[0], ids.shape[1], -1);
        var output = input.matmul(Weight.transpose(0, 1)).add(tap);
        return new ForwardCapture(cat([zeros_like(output), output], -1), [tap], [input]);
    }

    public IDisposable Shift(ModuleGradients delta) => new WeightShift([(Weight, delta.Tensors[0].select(0, 0))]);

    /// <summary>∂loss/∂w_feature of a row: σ(w) − label.</summary>
    public double[] Gradient(TokenRow row)
    {
        var g = new double[weights.Length];
        g[row.Tokens[0]] = 1 / (1 + Math.Exp(-Weight[0, row.Tokens[0]].item<double>())) - row.Tokens[1];
        return g;
    }

    /// <summary>Documents (feature, label) drawn by a seed.</summary>
    public static MemoryRows Documents(int count, int features, int seed)
    {
        var random = new Random(seed);
        return MemoryRows.FromTokens(
            [.. Enumerable.Range(0, count).Select(i => $"doc-{i}")],
            [.. Enumerable.Range(0, count).Select(
                i => new[] { i < features ? i : (int)(features * Math.Pow(random.NextDouble(), 2)), random.Next(2) })]);
    }
}
