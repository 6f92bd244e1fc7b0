using static TorchSharp.torch;

namespace Tda.Scoring.Capture;

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
