using static TorchSharp.torch;

namespace Tda.Scoring.Gradients;

/// <summary>Token ids and masks of rows padded to the longest.</summary>
internal sealed class PaddedBatch
{
    private readonly IReadOnlyList<TokenRow> _rows;
    private readonly int _width;
    private readonly ICaptureModel _model;

    private PaddedBatch(
        IReadOnlyList<TokenRow> rows, int width, ICaptureModel model, Tensor ids, Tensor labels, Tensor lossMask, Tensor real)
    {
        _rows = rows;
        _width = width;
        _model = model;
        (Ids, Labels, LossMask, Real) = (ids, labels, lossMask, real);
    }

    /// <summary>(B, T) int64, inputs.</summary>
    public Tensor Ids { get; }

    /// <summary>(B, T) int64, the tokens predicted.</summary>
    public Tensor Labels { get; }

    /// <summary>(B, T) in the model's type: 1 where the prediction carries loss.</summary>
    public Tensor LossMask { get; }

    /// <summary>True when the loss mask is 1 everywhere: no padding, no prompt.</summary>
    public bool AllCarryLoss => _rows.All(r => r.Positions == _width && r.FirstLossPosition == 0);

    /// <summary>(B, T) in the model's type: 1 at real positions.</summary>
    public Tensor Real { get; }

    public static PaddedBatch Build(IReadOnlyList<TokenRow> rows, ICaptureModel model)
    {
        var width = rows.Max(r => r.Positions);
        if (width > model.MaxPositions)
        {
            throw new ArgumentException(
                $"a row of {width} positions is longer than the model's context of {model.MaxPositions}", nameof(rows));
        }

        var (ids, labels) = (new long[rows.Count * width], new long[rows.Count * width]);
        var (loss, real) = (new float[rows.Count * width], new float[rows.Count * width]);
        for (var b = 0; b < rows.Count; b++)
        {
            for (var t = 0; t < rows[b].Positions; t++)
            {
                var at = b * width + t;
                ids[at] = rows[b].Tokens[t];
                labels[at] = rows[b].Tokens[t + 1];
                real[at] = 1;
                loss[at] = t >= rows[b].FirstLossPosition ? 1 : 0;
            }
        }
        long[] shape = [rows.Count, width];
        return new PaddedBatch(rows, width, model, Integers(ids), Integers(labels), Mask(loss), Mask(real));

        Tensor Integers(long[] values) => tensor(values, shape, dtype: ScalarType.Int64, device: model.Device);
        Tensor Mask(float[] values) => tensor(values, shape, dtype: ScalarType.Float32, device: model.Device).to_type(model.DType);
    }

    /// <summary>(B, T, 1) bool: true at padding and in rows that are not finite; null when there is neither.</summary>
    public Tensor? DropMask(IReadOnlyList<bool> finite)
    {
        if (finite.All(f => f) && _rows.All(r => r.Positions == _width))
        {
            return null;
        }

        var drop = new bool[_rows.Count * _width];
        for (var b = 0; b < _rows.Count; b++)
        {
            for (var t = 0; t < _width; t++)
            {
                drop[b * _width + t] = !finite[b] || t >= _rows[b].Positions;
            }
        }
        return tensor(drop, [_rows.Count, _width, 1], dtype: ScalarType.Bool, device: _model.Device);
    }
}

/// <summary>Draws labels from the model's predictions by inverse transform with per-identity uniform numbers.</summary>
internal static class LabelSampler
{
    /// <summary>Labels (B, T) int64 for predicted probabilities (B, T, V).</summary>
    public static Tensor Sample(Tensor probabilities, IReadOnlyList<TokenRow> rows, long seed)
    {
        using var noGradients = no_grad();
        var (batch, width, vocabulary) = (probabilities.shape[0], probabilities.shape[1], probabilities.shape[2]);
        var uniform = new double[batch * width];
        for (var b = 0; b < batch; b++)
        {
            for (var t = 0; t < width; t++)
            {
                uniform[b * width + t] = RowKey.Uniform(seed, rows[b].Key, t);
            }
        }
        var draws = tensor(uniform, [batch, width, 1], dtype: ScalarType.Float64, device: probabilities.device).to_type(probabilities.dtype);
        var cumulative = probabilities.cumsum(-1);
        // Scaled by the last entry: rounding leaves it a little off 1, and a draw above it would have no label.
        var threshold = draws.mul(cumulative.narrow(-1, vocabulary - 1, 1));
        return searchsorted(cumulative, threshold).squeeze(-1).clamp(0, vocabulary - 1);
    }
}
