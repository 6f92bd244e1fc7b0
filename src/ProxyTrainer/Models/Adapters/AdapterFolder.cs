using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models.Families;

namespace Tda.ProxyTrainer.Models.Adapters;

/// <summary>A PEFT folder: adapter_config.json, and A and B of every adapted layer in adapter_model.safetensors.</summary>
internal static class AdapterFolder
{
    public const string Weights = "adapter_model.safetensors";

    /// <summary>Where a surrogate's folder has its adapters.</summary>
    public const string Inside = "adapter";

    private const string Prefix = "base_model.model."; // of every tensor's name

    /// <summary>Whether a folder is one.</summary>
    public static bool Is(string directory) => File.Exists(Path.Combine(directory, AdapterConfigFile.Name));

    /// <summary>The adapters inside a model's folder; null when it has none.</summary>
    public static string? Of(string modelDirectory) => Is(Path.Combine(modelDirectory, Inside)) ? Path.Combine(modelDirectory, Inside) : null;

    /// <summary>Writes a model's attached adapters into an existing directory.</summary>
    public static void Write(LanguageModel model, string directory)
    {
        AdapterConfigFile.Write(Path.Combine(directory, AdapterConfigFile.Name), model.Adapters!, StoresTransposed(model));
        using IDisposable scope = NewDisposeScope();
        using var gradients = no_grad();
        var tensors = ModelFiles.Split(model, model.Flat).ToDictionary(pair => Prefix + pair.Key, pair => pair.Value);
        TensorFiles.Save(Path.Combine(directory, Weights), tensors, new Dictionary<string, string> { ["format"] = "pt" });
    }

    /// <summary>Attaches a folder's adapters to a model of plain weights.</summary>
    /// <exception cref="BadInputException">A file is missing or damaged, or the adapters belong to another base; says which, and why.</exception>
    public static void Attach(LanguageModel model, string directory)
    {
        var path = Path.Combine(directory, AdapterConfigFile.Name);
        if (!File.Exists(path))
        {
            throw new BadInputException(directory, $"{AdapterConfigFile.Name} is missing", remedy: $"A PEFT folder has {AdapterConfigFile.Name} and {Weights}.");
        }

        var config = AdapterConfigFile.Read(path);
        RequireInside(path, config, model);
        try
        {
            model.Attach(config);
        }
        catch (UsageException error)
        {
            throw new BadInputException(path, error.Message, remedy: Owner(config), inner: error);
        }

        ReadWeights(model, directory);
    }

    /// <summary>Reads the attached adapters' numbers.</summary>
    /// <exception cref="BadInputException">The file is missing, damaged or of other adapters.</exception>
    public static void ReadWeights(LanguageModel model, string directory)
    {
        var path = Path.Combine(directory, Weights);
        if (!File.Exists(path))
        {
            var pickled = File.Exists(Path.Combine(directory, "adapter_model.bin"));
            throw new BadInputException(directory, $"{Weights} is missing", remedy: pickled ? "Save adapter_model.bin as safetensors: it is Python code as much as numbers." : null);
        }

        using IDisposable scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, stored) in TensorFiles.Load(path))
        {
            tensors[name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name] = stored;
        }

        Check(path, model, tensors);
        _ = ModelFiles.Restore(path, tensors, model, model.Flat).Count();
        if (model.Parameters.FirstOrDefault(parameter => !parameter.Tensor.isfinite().all().item<bool>()) is { } broken)
        {
            throw new BadInputException(path, $"\"{Prefix}{broken.Name}\" holds numbers that aren't finite");
        }
    }

    private static void Check(string path, LanguageModel model, Dictionary<string, Tensor> tensors)
    {
        var config = model.Adapters!;
        var known = model.Parameters.Select(parameter => parameter.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var parameter in model.Parameters)
        {
            if (!tensors.TryGetValue(parameter.Name, out var stored))
            {
                throw new BadInputException(path, $"\"{Prefix}{parameter.Name}\" is missing", remedy: Owner(config));
            }

            if (!TensorTypes.IsFloating(stored.dtype))
            {
                throw new BadInputException(path, $"\"{Prefix}{parameter.Name}\" is of {stored.dtype}, not of floating-point numbers");
            }

            if (!stored.shape.SequenceEqual(parameter.Tensor.shape))
            {
                var rank = parameter.Name.EndsWith("lora_A.weight", StringComparison.Ordinal) ? 0 : 1;
                var (shape, wanted) = (string.Join(", ", stored.shape), string.Join(", ", parameter.Tensor.shape));
                throw new BadInputException(
                    path,
                    stored.dim() == 2 && stored.shape[rank] != parameter.Tensor.shape[rank]
                        ? $"\"{Prefix}{parameter.Name}\" has shape ({shape}), so rank {stored.shape[rank]}: {AdapterConfigFile.Name} says {parameter.Tensor.shape[rank]}"
                        : $"\"{Prefix}{parameter.Name}\" has shape ({shape}); of this base it would be ({wanted})",
                    remedy: Owner(config));
            }
        }

        if (tensors.Keys.Order(StringComparer.Ordinal).FirstOrDefault(name => !known.Contains(name)) is { } unknown)
        {
            throw new BadInputException(
                path, $"\"{unknown}\" belongs to none of the {model.Parameters.Count / 2} layers that {AdapterConfigFile.Name} and this base have adapters for",
                remedy: Owner(config));
        }
    }

    // Adapters of embeddings and head are other computations.
    private static void RequireInside(string path, LoraConfig config, LanguageModel model)
    {
        var outside = model.Parameters.Select(parameter => parameter.Name).Where(name => name.EndsWith(".weight", StringComparison.Ordinal))
            .Select(name => name[..^".weight".Length]).Append("lm_head").Append("embed_out")
            .Except(model.TrackedLinears.Select(layer => layer.Name))
            .FirstOrDefault(name => !config.Targets.IsAll && config.Selects(name));
        if (outside is not null)
        {
            throw new BadInputException(
                path, $"target_modules takes in {outside}, which is no linear layer of attention or MLP",
                remedy: "Merge these adapters into their base where they come from, and import the merged model.");
        }
    }

    private static bool StoresTransposed(LanguageModel model) =>
        FamilyDescription.Of(model.Config.Family).Layout(model.Config).Any(spec => spec.StoredTransposed);

    private static string? Owner(LoraConfig config) => config.BaseModel is { Length: > 0 } name ? $"These adapters were made for {name}." : null;
}
