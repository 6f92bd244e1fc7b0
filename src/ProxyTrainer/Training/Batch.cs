namespace Tda.ProxyTrainer.Training;

/// <summary>
/// Examples as tensors: inputs padded on the right, and the labels that carry loss as one flat list, so that neither
/// padding nor prompts reach the LM head.
/// </summary>
/// <param name="Ids">int64 (B, T): every row's tokens but its last.</param>
/// <param name="Positions">int64 (n): row · T + t of the position that predicts each label.</param>
/// <param name="Labels">int64 (n): the tokens to predict.</param>
/// <param name="Weights">(n): their weights, none zero.</param>
/// <param name="LabelRows">Row of each label.</param>
/// <param name="HasPenalties">Some weight is negative.</param>
public sealed record Batch(Tensor Ids, Tensor Positions, Tensor Labels, Tensor Weights, int[] LabelRows, bool HasPenalties)
{
    /// <summary>Labels that carry loss.</summary>
    public int Count => LabelRows.Length;

    /// <param name="examples">All examples.</param>
    /// <param name="rows">Which of them.</param>
    /// <param name="device">Where the tensors go.</param>
    /// <param name="type">Type of the weights: that of the model's logits.</param>
    public static Batch Collate(IReadOnlyList<TrainingExample> examples, IReadOnlyList<int> rows, Device device, ScalarType type = ScalarType.Float32)
    {
        var time = rows.Max(row => examples[row].Tokens.Length) - 1;
        var ids = new long[rows.Count * time]; // padding is token 0: computed, never read
        List<long> positions = [], labels = [];
        List<float> weights = [];
        List<int> labelRows = [];
        for (var row = 0; row < rows.Count; row++)
        {
            (var tokens, var labelWeights) = examples[rows[row]];
            for (var i = 1; i < tokens.Length; i++)
            {
                ids[(row * time) + i - 1] = tokens[i - 1];
                if (labelWeights[i] != 0)
                {
                    positions.Add((row * time) + i - 1);
                    labels.Add(tokens[i]);
                    weights.Add(labelWeights[i]);
                    labelRows.Add(row);
                }
            }
        }

        return new Batch(
            tensor(ids, [rows.Count, time], device: device),
            tensor(positions.ToArray(), device: device),
            tensor(labels.ToArray(), device: device),
            tensor(weights.ToArray(), dtype: type, device: device),
            [.. labelRows],
            HasPenalties: weights.Exists(weight => weight < 0));
    }
}
