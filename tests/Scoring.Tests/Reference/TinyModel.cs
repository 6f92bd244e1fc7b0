using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Reference;

/// <summary>
/// A causal model small enough to check by brute force: embeddings, prefix means (so that positions influence later
/// ones), a biased tanh layer and an unbiased output layer. Both layers are tracked.
/// </summary>
internal sealed class TinyModel : ICaptureModel
{
    private readonly bool _mix;

    public TinyModel(
        int vocabulary = 7, int width = 4, int hidden = 3, ScalarType dtype = ScalarType.Float64, int seed = 1, int maxPositions = 64,
        bool mix = true)
    {
        _mix = mix;
        var random = new Random(seed);
        (DType, MaxPositions) = (dtype, maxPositions);
        Embedding = Normal(vocabulary, width);
        First = Normal(hidden, width);
        FirstBias = Normal(1, hidden).reshape(hidden);
        Second = Normal(vocabulary, hidden);
        Modules = [new("first", width, hidden, true), new("second", hidden, vocabulary, false)];

        Tensor Normal(int rows, int columns)
        {
            var values = Enumerable.Range(0, rows * columns).Select(_ => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())).ToArray();
            return tensor(values, [rows, columns], dtype: ScalarType.Float64).to_type(dtype);
        }
    }

    public Tensor Embedding { get; }

    public Tensor First { get; private set; }

    public Tensor FirstBias { get; private set; }

    public Tensor Second { get; private set; }

    public IReadOnlyList<ModuleShape> Modules { get; }

    public int MaxPositions { get; }

    public ScalarType DType { get; }

    public Device Device => CPU;

    public ForwardCapture Forward(Tensor ids, bool secondOrder = false)
    {
        var tap1 = zeros([ids.shape[0], ids.shape[1], Modules[0].Outputs], dtype: DType).requires_grad_(true);
        var tap2 = zeros([ids.shape[0], ids.shape[1], Modules[1].Outputs], dtype: DType).requires_grad_(true);
        var input = PrefixMean(Embedding.index_select(0, ids.reshape(-1)).reshape(ids.shape[0], ids.shape[1], -1));
        var hidden = PrefixMean(input.matmul(First.transpose(0, 1)).add(FirstBias).add(tap1).tanh());
        var logits = hidden.matmul(Second.transpose(0, 1)).add(tap2);
        return new ForwardCapture(logits, [tap1, tap2], [input, hidden]);
    }

    /// <summary>Reference: gradients of weighted token losses of one row with respect to the weights, bias as last column.</summary>
    public Tensor[] WeightGradients(TokenRow row, Func<int, double> weightOfPosition)
    {
        Tensor[] weights = [First.clone().requires_grad_(true), FirstBias.clone().requires_grad_(true), Second.clone().requires_grad_(true)];
        var kept = (First, FirstBias, Second);
        (First, FirstBias, Second) = (weights[0], weights[1], weights[2]);
        try
        {
            var ids = tensor(row.Tokens[..^1].Select(t => (long)t).ToArray(), [1, row.Positions], dtype: ScalarType.Int64);
            var labels = tensor(row.Tokens[1..].Select(t => (long)t).ToArray(), [row.Positions], dtype: ScalarType.Int64);
            var w = tensor(Enumerable.Range(0, row.Positions).Select(weightOfPosition).ToArray(), [row.Positions], dtype: ScalarType.Float64).to_type(DType);
            var losses = nn.functional.cross_entropy(Forward(ids).Logits.squeeze(0), labels, reduction: nn.Reduction.None);
            var g = autograd.grad([losses.mul(w).sum()], [.. weights]);
            return [cat([g[0], g[1].unsqueeze(1)], 1), g[2]];
        }
        finally
        {
            (First, FirstBias, Second) = kept;
        }
    }

    public Tensor[] WeightGradients(TokenRow row) => WeightGradients(row, t => t >= row.FirstLossPosition ? 1 : 0);

    /// <summary>Reference: logits (T, V) of one row, differentiable with respect to the weights, and how (bias as last column).</summary>
    public (Tensor Logits, Func<Tensor, Tensor> Gradient) Open(TokenRow row)
    {
        Tensor[] weights = [First.clone().requires_grad_(true), FirstBias.clone().requires_grad_(true), Second.clone().requires_grad_(true)];
        var kept = (First, FirstBias, Second);
        (First, FirstBias, Second) = (weights[0], weights[1], weights[2]);
        var logits = Forward(tensor(row.Tokens[..^1].Select(t => (long)t).ToArray(), [1, row.Positions], dtype: ScalarType.Int64)).Logits.squeeze(0);
        (First, FirstBias, Second) = kept;
        return (logits, y =>
        {
            var g = autograd.grad([y], [.. weights], retain_graph: true);
            return cat([cat([g[0], g[1].unsqueeze(1)], 1).reshape(-1), g[2].reshape(-1)], 0);
        }
        );
    }

    private Tensor PrefixMean(Tensor x) => !_mix ? x : x.cumsum(1).div(arange(1, x.shape[1] + 1, dtype: DType).reshape(1, -1, 1));
}
