namespace Tda.Core.Masks;

/// <summary>Document weights on disk.</summary>
public static class DocumentWeights
{
    /// <returns>Weights by document id.</returns>
    /// <exception cref="BadInputException">A line isn't a weight, an id comes twice, or a weight is negative or not finite.</exception>
    public static IReadOnlyDictionary<string, double> Read(string path)
    {
        var weights = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var line in JsonLines.ReadLines<DocumentWeight>(path))
        {
            (var id, var weight) = line.Value;
            if (!IsValid(weight))
            {
                throw new BadInputException(path, $"weight {weight} of document '{id}' is not a number of at least 0", line.Offset, line: line.Number);
            }

            if (!weights.TryAdd(id, weight))
            {
                throw new BadInputException(path, $"document '{id}' comes twice", line.Offset, line: line.Number);
            }
        }

        return weights;
    }

    /// <summary>Writes all weights, or leaves what was at <paramref name="path"/> untouched.</summary>
    /// <exception cref="ArgumentException">A weight is negative or not finite.</exception>
    public static void Write(string path, IEnumerable<KeyValuePair<string, double>> weights) =>
        JsonLines.Write(path, weights.Select(item => IsValid(item.Value)
            ? new DocumentWeight(item.Key, item.Value)
            : throw new ArgumentException($"weight {item.Value} of document '{item.Key}' is not a number of at least 0", nameof(weights))));

    private static bool IsValid(double weight) => double.IsFinite(weight) && weight >= 0;
}

/// <summary>How much a document counts in training: one line of <c>weights.jsonl</c>.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Weight">Factor of its loss, at least 0; documents that aren't listed count 1.</param>
public sealed record DocumentWeight(string Id, double Weight);
