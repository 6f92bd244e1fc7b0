using System.Text.Json.Nodes;
using Tda.ProxyTrainer.Engine;

namespace Tda.ProxyTrainer.Models;

/// <summary>A Hugging Face model folder: config.json and model.safetensors with the family's tensor names and layouts.</summary>
internal static class ModelFiles
{
    public const string Config = "config.json";
    public const string Weights = "model.safetensors";
    public const string Index = "model.safetensors.index.json";

    public static void Write(LanguageModel model, string directory)
    {
        ModelConfigFile.Write(Path.Combine(directory, Config), model.Config, ComputePlace.NameOf(model.DType));
        using IDisposable scope = NewDisposeScope();
        using var gradients = no_grad();
        TensorFiles.Save(Path.Combine(directory, Weights), Split(model, model.Flat), new Dictionary<string, string> { ["format"] = "pt" });
    }

    /// <summary>The files that hold a folder's weights: one, or the shards of its index.</summary>
    /// <exception cref="BadInputException">The index is damaged, or leads out of the folder.</exception>
    public static IReadOnlyList<string> WeightFiles(string directory)
    {
        var path = Path.Combine(directory, Index);
        if (!File.Exists(path))
        {
            return [Weights];
        }

        try
        {
            string[] files = [.. JsonNode.Parse(File.ReadAllText(path))!["weight_map"]!.AsObject().Select(pair => pair.Value!.GetValue<string>()).Distinct()];
            return Array.Find(files, file => file != Path.GetFileName(file)) is { } outside
                ? throw new BadInputException(path, $"\"{outside}\" is no file of this folder")
                : files;
        }
        catch (Exception error) when (error is JsonException or IOException or InvalidOperationException or NullReferenceException)
        {
            throw new BadInputException(path, $"not an index of shards: {error.Message}", inner: error);
        }
    }

    /// <summary>The original gpt2 files name their tensors without the leading "transformer.".</summary>
    public static string ShortName(string name) => name.StartsWith("transformer.", StringComparison.Ordinal) ? name["transformer.".Length..] : name;

    /// <summary>A flat tensor of the model's size as named tensors in the file's layout; <paramref name="suffix"/> goes behind each name.</summary>
    public static Dictionary<string, Tensor> Split(LanguageModel model, Tensor flat, string suffix = "") =>
        model.Parameters.ToDictionary(parameter => parameter.Name + suffix, parameter =>
        {
            var part = flat.narrow(0, parameter.Offset, parameter.Tensor.numel()).view(parameter.Tensor.shape);
            return parameter.StoredTransposed ? part.t() : part; // made contiguous one by one, as they are written
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
            if (!tensors.TryGetValue(parameter.Name + suffix, out var stored) && !tensors.TryGetValue(ShortName(parameter.Name) + suffix, out stored))
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
