namespace Tda.Scoring.Gradients;

/// <summary>Token ids and masks of rows padded to the longest.</summary>
/// <param name="Ids">(B, T) int64, inputs.</param>
/// <param name="Labels">(B, T) int64, the tokens predicted.</param>
/// <param name="LossMask">(B, T) in the model's type: 1 where the prediction carries loss.</param>
/// <param name="Real">(B, T) in the model's type: 1 at real positions.</param>
/// <param name="HasPadding">Whether a row is shorter than the longest.</param>
/// <param name="AllCarryLoss">Whether the loss mask is 1 everywhere: no padding, no prompt.</param>
internal sealed record PaddedBatch(Tensor Ids, Tensor Labels, Tensor LossMask, Tensor Real, bool HasPadding, bool AllCarryLoss)
{
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
        var padded = rows.Any(r => r.Positions < width);
        var allCarryLoss = !padded && rows.All(r => r.FirstLossPosition == 0);
        return new PaddedBatch(Integers(ids), Integers(labels), Mask(loss), Mask(real), padded, allCarryLoss);

        Tensor Integers(long[] values) => tensor(values, shape, dtype: ScalarType.Int64, device: model.Device);
        Tensor Mask(float[] values) => tensor(values, shape, dtype: ScalarType.Float32, device: model.Device).to_type(model.DType);
    }

    /// <summary>
    /// Per module a: its inputs without gradient, zero at the padding, with a column of ones where it has a bias. Layers that share an
    /// input share its activation too: a tensor object that is the same need be looked at only once.
    /// </summary>
    /// <param name="model">Whose modules they are.</param>
    /// <param name="inputs">Per tap (B, T, in); ids of an embedding stay as they are.</param>
    /// <param name="broken">(B, 1, 1) bool: rows to zero as a whole; null: none.</param>
    public Tensor[] Activations(ICaptureModel model, IReadOnlyList<Tensor> inputs, Tensor? broken = null)
    {
        var real = Real.unsqueeze(-1);
        var activations = new Tensor[inputs.Count];
        for (var m = 0; m < inputs.Count; m++)
        {
            // Head and embedding come last and have no bias.
            var bias = m < model.Modules.Count && model.Modules[m].Bias;
            if (inputs[m].dtype == ScalarType.Int64)
            {
                activations[m] = inputs[m].alias(); // the taps' own doesn't outlive them
                continue;
            }

            if (m > 0 && ReferenceEquals(inputs[m], inputs[m - 1]) && bias == model.Modules[m - 1].Bias)
            {
                activations[m] = activations[m - 1];
                continue;
            }

            var input = inputs[m].detach();
            using var wide = input.dtype == real.dtype ? null : input.to_type(real.dtype);
            var a = bias ? cat([wide ?? input, real], -1) : wide?.alias() ?? input;
            // What is a copy already needs no other.
            a = !HasPadding ? a : bias || wide is not null ? a.mul_(real) : a.mul(real);
            activations[m] = broken is null ? a : a.masked_fill(broken, 0);
        }
        return activations;
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
        var draws = tensor(uniform, [batch, width, 1], dtype: ScalarType.Float64, device: probabilities.device)
            .to_type(probabilities.dtype);
        var cumulative = probabilities.cumsum(-1);
        // Scaled by the last entry: rounding leaves it a little off 1, and a draw above it would have no label.
        var threshold = draws.mul(cumulative.narrow(-1, vocabulary - 1, 1));
        return searchsorted(cumulative, threshold).squeeze(-1).clamp(0, vocabulary - 1);
    }
}
