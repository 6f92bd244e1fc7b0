using Tda.Core.Arrays;
using Tda.ProxyTrainer.Engine;

namespace Tda.Scoring.Curvature;

/// <summary>
/// Factors and sums as safetensors: <c>M.activation_eigenvectors</c>, <c>M.gradient_eigenvectors</c>, <c>M.lambda</c>;
/// sums under the names they are kept by. Counts are in the file's metadata and, for factors, in the index's manifest too.
/// </summary>
public static class FactorFile
{
    private const string TokensKey = "tokens";
    private const string SequencesKey = "sequences";
    private const string PositionKey = "documents_done";

    /// <summary>Writes factors.</summary>
    public static void Save(string path, EkfacFactors factors)
    {
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (module, f) in factors.Modules.Zip(factors.Factors))
        {
            tensors[module.Name + ".activation_eigenvectors"] = f.ActivationEigenvectors;
            tensors[module.Name + ".gradient_eigenvectors"] = f.GradientEigenvectors;
            tensors[module.Name + ".lambda"] = f.Lambda;
        }
        TensorFiles.Save(path, tensors, Metadata(factors.Tokens, factors.Sequences, null));
    }

    /// <summary>Reads factors of exactly these modules.</summary>
    /// <exception cref="BadInputException">The file is damaged, or holds factors of another model: names the module.</exception>
    public static EkfacFactors Load(string path, IReadOnlyList<ModuleShape> modules)
    {
        var tensors = LoadAll(path, out var metadata);
        try
        {
            var factors = modules.Select(m => new ModuleFactors(
                Take(tensors, path, m.Name + ".activation_eigenvectors", m.Columns, m.Columns),
                Take(tensors, path, m.Name + ".gradient_eigenvectors", m.Outputs, m.Outputs),
                Take(tensors, path, m.Name + ".lambda", m.Outputs, m.Columns))).ToArray();
            return new EkfacFactors(modules, factors, Count(path, metadata, TokensKey), Count(path, metadata, SequencesKey));
        }
        catch
        {
            foreach (var t in tensors.Values)
            {
                t.Dispose();
            }

            throw;
        }
    }

    /// <summary>Writes sums, with how many documents they cover so far.</summary>
    public static void SaveSums(string path, CurvatureSums sums, int documentsDone) =>
        TensorFiles.Save(path, sums.Sums, Metadata(sums.Tokens, sums.Sequences, documentsDone));

    /// <summary>Reads sums and how many documents they cover.</summary>
    /// <exception cref="BadInputException">The file is damaged.</exception>
    public static (CurvatureSums Sums, int DocumentsDone) LoadSums(string path)
    {
        var tensors = LoadAll(path, out var metadata);
        var sums = new CurvatureSums { Tokens = Count(path, metadata, TokensKey), Sequences = Count(path, metadata, SequencesKey) };
        foreach (var (name, tensor) in tensors)
        {
            using (tensor)
            {
                sums.Add(name, tensor);
            }
        }
        return (sums, checked((int)Count(path, metadata, PositionKey)));
    }

    private static Dictionary<string, Tensor> LoadAll(string path, out IReadOnlyDictionary<string, string> metadata)
    {
        using (var file = SafetensorsFile.Open(path))
        {
            metadata = new Dictionary<string, string>(file.Metadata);
        }
        // Out of any scope: the owner disposes of them.
        return TensorFiles.Load(path).ToDictionary(e => e.Key, e => e.Value.DetachFromDisposeScope());
    }

    private static Tensor Take(Dictionary<string, Tensor> tensors, string path, string name, long rows, long columns)
    {
        if (!tensors.TryGetValue(name, out var tensor))
        {
            throw new BadInputException(
                path, $"has no tensor '{name}'", remedy: "The index belongs to another surrogate: make it again with tda index.");
        }

        if (!tensor.shape.SequenceEqual([rows, columns]))
        {
            throw new BadInputException(
                path, $"'{name}' has shape ({string.Join(", ", tensor.shape)}), the surrogate needs ({rows}, {columns})",
                remedy: "The index belongs to another surrogate: make it again with tda index.");
        }

        return tensor;
    }

    private static long Count(string path, IReadOnlyDictionary<string, string> metadata, string key) =>
        metadata.TryGetValue(key, out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : throw new BadInputException(path, $"its metadata has no count '{key}'");

    /// <summary>What files of factors (no documents) and of sums say of themselves.</summary>
    internal static Dictionary<string, string> Metadata(long tokens, long sequences, int? documentsDone)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [TokensKey] = tokens.ToString(CultureInfo.InvariantCulture),
            [SequencesKey] = sequences.ToString(CultureInfo.InvariantCulture),
        };
        if (documentsDone is { } done)
        {
            metadata[PositionKey] = done.ToString(CultureInfo.InvariantCulture);
        }

        return metadata;
    }
}
