using System.Text.Json.Nodes;
using Tda.ProxyTrainer.Engine;

namespace Tda.ProxyTrainer.Models;

/// <summary>A Hugging Face model folder: config.json and model.safetensors with the family's tensor names and layouts.</summary>
internal static class ModelFiles
{
    public const string Config = "config.json";
    public const string Weights = "model.safetensors";
    private const string Index = "model.safetensors.index.json";

    public static void Write(LanguageModel model, string directory)
    {
        ModelConfigFile.Write(Path.Combine(directory, Config), model.Config, model.DType == ScalarType.Float64 ? "float64" : "float32");
        using IDisposable scope = NewDisposeScope();
        using var gradients = no_grad();
        TensorFiles.Save(Path.Combine(directory, Weights), Split(model, model.Flat), new Dictionary<string, string> { ["format"] = "pt" });
    }

    public static void ReadWeights(LanguageModel model, string directory)
    {
        var index = Path.Combine(directory, Index);
        string[] files = !File.Exists(index) ? [Weights] :
            [.. JsonNode.Parse(File.ReadAllText(index))!["weight_map"]!.AsObject().Select(pair => pair.Value!.GetValue<string>()).Distinct()];
        var missing = new HashSet<string>(model.Parameters.Select(parameter => parameter.Name));
        using IDisposable scope = NewDisposeScope();
        foreach (var file in files)
        {
            var path = Path.Combine(directory, file);
            missing.ExceptWith(Restore(path, TensorFiles.Load(path), model, model.Flat));
        }

        if (missing.Count > 0)
        {
            throw new BadInputException(Path.Combine(directory, Weights), $"{missing.Count} tensors are missing, the first is \"{missing.Order().First()}\"");
        }
    }

    /// <summary>A flat tensor of the model's size as named tensors in the file's layout; <paramref name="suffix"/> goes behind each name.</summary>
    public static Dictionary<string, Tensor> Split(LanguageModel model, Tensor flat, string suffix = "") =>
        model.Parameters.ToDictionary(parameter => parameter.Name + suffix, parameter =>
        {
            var part = flat.narrow(0, parameter.Offset, parameter.Tensor.numel()).view(parameter.Tensor.shape);
            return parameter.StoredTransposed ? part.t().contiguous() : part;
        });

    /// <summary>Copies named tensors into a flat one; the inverse of <see cref="Split"/>.</summary>
    /// <returns>The parameters found.</returns>
    public static IEnumerable<string> Restore(
        string path, IReadOnlyDictionary<string, Tensor> tensors, LanguageModel model, Tensor flat, string suffix = "")
    {
        var found = new List<string>();
        using var gradients = no_grad();
        foreach (var parameter in model.Parameters)
        {
            // The original gpt2 files name their tensors without the leading "transformer.".
            var shortName = parameter.Name.StartsWith("transformer.", StringComparison.Ordinal) ? parameter.Name["transformer.".Length..] : parameter.Name;
            if (!tensors.TryGetValue(parameter.Name + suffix, out var stored) && !tensors.TryGetValue(shortName + suffix, out stored))
            {
                continue;
            }

            var oriented = parameter.StoredTransposed && stored.dim() == 2 ? stored.t() : stored;
            if (!oriented.shape.SequenceEqual(parameter.Tensor.shape))
            {
                throw new BadInputException(
                    path,
                    $"\"{parameter.Name}\" has shape ({string.Join(", ", stored.shape)}), which doesn't fit the configuration",
                    remedy: "Check that config.json belongs to these weights.");
            }

            flat.narrow(0, parameter.Offset, parameter.Tensor.numel()).view(parameter.Tensor.shape).copy_(oriented);
            found.Add(parameter.Name);
        }

        return found;
    }
}
