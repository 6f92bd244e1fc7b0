namespace Tda.ProxyTrainer.Training;

/// <summary>
/// Examples as tensors: inputs padded on the right, and the labels that carry loss as one flat list, so that neither
/// padding nor prompts reach the LM head.
/// </summary>
public sealed record Batch
{
    /// <summary>int64 (B, T): every row's tokens but its last.</summary>
    public required Tensor Ids { get; init; }

    /// <summary>int64 (n): row · T + t of the position that predicts each label.</summary>
    public required Tensor Positions { get; init; }

    /// <summary>int64 (n): the tokens to predict.</summary>
    public required Tensor Labels { get; init; }

    /// <summary>(n): their weights, none zero.</summary>
    public required Tensor Weights { get; init; }

    /// <summary>Row of each label.</summary>
    public required int[] LabelRows { get; init; }

    /// <summary>Label-token index of each label: its place in the row's tokens, at least 1.</summary>
    public required int[] LabelIndices { get; init; }

    /// <summary>Tokens of each row that are not padding, of the T inputs.</summary>
    public required int[] Lengths { get; init; }

    /// <summary>Some weight is negative.</summary>
    public required bool HasPenalties { get; init; }

    /// <summary>Labels that carry loss.</summary>
    public int Count => LabelRows.Length;

    /// <param name="examples">All examples.</param>
    /// <param name="rows">Which of them.</param>
    /// <param name="device">Where the tensors go.</param>
    /// <param name="type">Type of the weights: the model's.</param>
    public static Batch Collate(IReadOnlyList<TrainingExample> examples, IReadOnlyList<int> rows, Device device, ScalarType type = ScalarType.Float32)
    {
        var time = rows.Max(row => examples[row].Tokens.Length) - 1;
        var ids = new long[rows.Count * time]; // padding is token 0: computed, never read
        List<long> positions = [], labels = [];
        List<float> weights = [];
        List<int> labelRows = [], labelIndices = [];
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
                    labelIndices.Add(i);
                }
            }
        }

        return new Batch
        {
            Ids = tensor(ids, [rows.Count, time], device: device),
            Positions = tensor(positions.ToArray(), device: device),
            Labels = tensor(labels.ToArray(), device: device),
            Weights = tensor(weights.ToArray(), dtype: type, device: device),
            LabelRows = [.. labelRows],
            LabelIndices = [.. labelIndices],
            Lengths = [.. rows.Select(row => examples[row].Tokens.Length - 1)],
            HasPenalties = weights.Exists(weight => weight < 0),
        };
    }
}
