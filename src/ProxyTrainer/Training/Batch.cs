namespace Tda.ProxyTrainer.Training;

/// <summary>
/// Examples as tensors: inputs padded on the right, and the labels that carry loss as one flat list, so that neither
/// padding nor prompts reach the LM head.
/// </summary>
/// <param name="Ids">int64 (B, T): every row's tokens but its last.</param>
/// <param name="Positions">int64 (n): row · T + t of the position that predicts each label.</param>
/// <param name="Labels">int64 (n): the tokens to predict.</param>
/// <param name="Weights">(n): the weights of their cross-entropy; zero only where a soft target takes all of it.</param>
/// <param name="LabelRows">Row of each label.</param>
/// <param name="HasPenalties">Some weight is negative.</param>
/// <param name="Response">(B): each row's η where a response network is trained; else null.</param>
public sealed record Batch(Tensor Ids, Tensor Positions, Tensor Labels, Tensor Weights, int[] LabelRows, bool HasPenalties, Tensor? Response = null)
{
    /// <summary>Labels that carry loss.</summary>
    public int Count => LabelRows.Length;

    /// <summary>The closed model's probabilities at some labels; null where no example has any.</summary>
    public TargetBatch? Targets { get; init; }

    /// <param name="examples">All examples.</param>
    /// <param name="rows">Which of them.</param>
    /// <param name="device">Where the tensors go.</param>
    /// <param name="type">Type of the weights: that of the model's logits.</param>
    /// <param name="response">Where a response network is trained: the rows' λ, which their weights depend on.</param>
    /// <exception cref="ArgumentException">Soft targets at tokens without loss or with a penalty, or of several temperatures.</exception>
    public static Batch Collate(
        IReadOnlyList<TrainingExample> examples, IReadOnlyList<int> rows, Device device, ScalarType type = ScalarType.Float32, ResponseDraw? response = null)
    {
        double[] penalties = response is null ? [] : [.. rows.Select(response.Of)];
        var time = rows.Max(row => examples[row].Tokens.Length) - 1;
        var ids = new long[rows.Count * time]; // padding is token 0: computed, never read
        List<long> positions = [], labels = [];
        List<float> weights = [];
        List<int> labelRows = [];
        List<PlacedRun> runs = [];
        for (var row = 0; row < rows.Count; row++)
        {
            (var tokens, var labelWeights) = examples[rows[row]];
            var firstLabel = labels.Count;
            for (var i = 1; i < tokens.Length; i++)
            {
                ids[(row * time) + i - 1] = tokens[i - 1];
                if (labelWeights[i] != 0)
                {
                    positions.Add((row * time) + i - 1);
                    labels.Add(tokens[i]);
                    weights.Add(response is null ? labelWeights[i] : (float)ResponseDraw.Weigh(labelWeights[i], penalties[row]));
                    labelRows.Add(row);
                }
            }

            if (examples[rows[row]].Targets is { } targets)
            {
                Place(examples[rows[row]], targets, row, firstLabel, weights, runs);
            }
        }

        var labelIds = tensor(labels.ToArray(), device: device);
        return new Batch(
            tensor(ids, [rows.Count, time], device: device),
            tensor(positions.ToArray(), device: device),
            labelIds,
            tensor(weights.ToArray(), dtype: type, device: device),
            [.. labelRows],
            HasPenalties: weights.Exists(weight => weight < 0),
            response is null ? null : tensor(Array.ConvertAll(penalties, response.Range.Eta), dtype: type, device: device))
        {
            Targets = runs.Count == 0 ? null : new TargetBatch(runs, labelIds, Temperature(examples, rows), type),
        };
    }

    /// <summary>Places an example's runs among the labels, and leaves 1 − α of those labels' weights to cross-entropy.</summary>
    private static void Place(TrainingExample example, SoftTargets targets, int row, int firstLabel, List<float> weights, List<PlacedRun> runs)
    {
        var label = firstLabel;
        var token = 1;
        foreach (var run in targets.Runs)
        {
            for (; token < run.Start; token++)
            {
                label += example.LabelWeights[token] != 0 ? 1 : 0;
            }

            var weight = example.LabelWeights[run.Start];
            if (weight <= 0 || Enumerable.Range(run.Start, run.Count).Any(i => example.LabelWeights[i] != weight))
            {
                throw new ArgumentException($"Tokens {run.Start} to {run.Start + run.Count - 1} have soft targets: they need one weight above 0.");
            }

            weight = weights[label]; // as a response network's λ has it
            runs.Add(new PlacedRun(run, row, label, targets.Weight * weight));
            for (; token < run.Start + run.Count; token++)
            {
                weights[label++] = (1 - targets.Weight) * weight;
            }
        }
    }

    private static double Temperature(IReadOnlyList<TrainingExample> examples, IReadOnlyList<int> rows)
    {
        double[] temperatures = [.. rows.Select(row => examples[row].Targets?.Temperature).OfType<double>().Distinct()];
        return temperatures.Length == 1 ? temperatures[0] : throw new ArgumentException("The examples' soft targets have several temperatures.");
    }
}
