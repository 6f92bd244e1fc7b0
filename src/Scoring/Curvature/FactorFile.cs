using Tda.Core.Arrays;
using Tda.ProxyTrainer.Engine;

namespace Tda.Scoring.Curvature;

/// <summary>
/// Factors and sums as safetensors: <c>M.activation_eigenvectors</c>, <c>M.gradient_eigenvectors</c> (where they aren't the identity), <c>M.lambda</c>;
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
            tensors[module.Name + FactorShapes.ActivationEigenvectors] = f.ActivationEigenvectors;
            if (f.GradientEigenvectors is { } qs)
            {
                tensors[module.Name + FactorShapes.GradientEigenvectors] = qs;
            }

            tensors[module.Name + FactorShapes.Lambda] = f.Lambda;
        }
        TensorFiles.Save(path, tensors, Metadata(factors.Tokens, factors.Sequences, null));
    }

    /// <summary>Reads factors of exactly these modules.</summary>
    /// <exception cref="BadInputException">The file is damaged, or holds factors of another model: names the module.</exception>
    public static EkfacFactors Load(string path, IReadOnlyList<ModuleShape> modules)
    {
        using var scope = NewDisposeScope();
        var (tensors, metadata) = LoadAll(path);
        var factors = modules.Select(m => new ModuleFactors(
            Take(m.Name + FactorShapes.ActivationEigenvectors, m.Columns, m.Columns),
            m.IsVocabulary && !tensors.ContainsKey(m.Name + FactorShapes.GradientEigenvectors) ? null : Take(m.Name + FactorShapes.GradientEigenvectors, m.Outputs, m.Outputs),
            Take(m.Name + FactorShapes.Lambda, m.Outputs, m.Columns))).ToArray();
        var (tokens, sequences) = (Count(path, metadata, TokensKey), Count(path, metadata, SequencesKey));
        scope.Detach(factors.SelectMany(f => f.Tensors));
        return new EkfacFactors(modules, factors, tokens, sequences);

        Tensor Take(string name, long rows, long columns) =>
            tensors.TryGetValue(name, out var tensor) && tensor.shape.SequenceEqual([rows, columns]) ? tensor : throw new BadInputException(
                path,
                tensor is null ? $"has no tensor '{name}'"
                    : $"'{name}' has shape ({string.Join(", ", tensor.shape)}), the surrogate needs ({rows}, {columns})",
                remedy: "The index belongs to another surrogate: make it again with tda index.");
    }

    /// <summary>Writes sums, with how many documents they cover so far.</summary>
    public static void SaveSums(string path, CurvatureSums sums, int documentsDone) =>
        TensorFiles.Save(path, sums.Sums, Metadata(sums.Tokens, sums.Sequences, documentsDone));

    /// <summary>Reads sums and how many documents they cover.</summary>
    /// <exception cref="BadInputException">The file is damaged.</exception>
    public static (CurvatureSums Sums, int DocumentsDone) LoadSums(string path)
    {
        using var scope = NewDisposeScope();
        var (tensors, metadata) = LoadAll(path);
        var sums = new CurvatureSums { Tokens = Count(path, metadata, TokensKey), Sequences = Count(path, metadata, SequencesKey) };
        var done = checked((int)Count(path, metadata, PositionKey));
        foreach (var (name, tensor) in tensors)
        {
            sums.Add(name, tensor);
        }

        return (sums, done);
    }

    private static (Dictionary<string, Tensor> Tensors, IReadOnlyDictionary<string, string> Metadata) LoadAll(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return (TensorFiles.Load(path), file.Metadata);
    }

    private static long Count(string path, IReadOnlyDictionary<string, string> metadata, string key) =>
        metadata.TryGetValue(key, out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : throw new BadInputException(path, $"its metadata has no count '{key}'");

    /// <summary>What files of factors (no documents) and of sums say of themselves.</summary>
    internal static Dictionary<string, string> Metadata(long tokens, long sequences, int? documentsDone)
    {
        var metadata = new Dictionary<string, string> { [TokensKey] = $"{tokens}", [SequencesKey] = $"{sequences}" };
        if (documentsDone is { } done)
        {
            metadata[PositionKey] = $"{done}";
        }

        return metadata;
    }
}

/// <summary>Names and shapes of what a fit sums and keeps of a module.</summary>
internal static class FactorShapes
{
    public const string ActivationEigenvectors = ".activation_eigenvectors";
    public const string GradientEigenvectors = ".gradient_eigenvectors";
    public const string Lambda = ".lambda";

    /// <summary>
    /// Pass 1's sums, float64. Of a linear layer <c>Σ a aᵀ</c> and <c>Σ s sᵀ</c>, of which a vocabulary too wide for it keeps the diagonal; of an
    /// embedding <c>Σ z zᵀ</c> and how often each token was read, the diagonal that the covariance of one-hot inputs is; of a tied matrix all four.
    /// </summary>
    public static IEnumerable<(string Name, long[] Shape)> Sums(ModuleShape module, EkfacOptions options)
    {
        var (rows, columns) = ((long)module.Outputs, (long)module.Columns);
        (string, long[])[] linear = [(".activation", [columns, columns]), (".gradient", options.IsDiagonal(module) ? [rows] : [rows, rows])];
        (string, long[])[] embedding = [(".embedded", [columns, columns]), (".tokens", [rows])];
        return from sum in module.Role switch { LayerRole.Embedding => embedding, LayerRole.Tied => [.. linear, .. embedding], _ => linear }
               select (module.Name + sum.Item1, sum.Item2);
    }

    /// <summary>What a fit ends with.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Factors(ModuleShape module, EkfacOptions options) =>
    [
        (module.Name + ActivationEigenvectors, [module.Columns, module.Columns]),
        .. options.IsDiagonal(module) ? [] : ((string, long[])[])[(module.Name + GradientEigenvectors, [module.Outputs, module.Outputs])],
        (module.Name + Lambda, [module.Outputs, module.Columns]),
    ];

    /// <summary>Numbers in some of them.</summary>
    public static long Numbers(IEnumerable<(string Name, long[] Shape)> shapes) => shapes.Sum(s => s.Shape.Aggregate(1L, (product, side) => product * side));

    /// <summary>Sides of the covariances that are decomposed.</summary>
    public static IEnumerable<long> Sides(ModuleShape module, EkfacOptions options) =>
        options.IsDiagonal(module) ? [module.Columns] : [module.Columns, module.Outputs];
}
