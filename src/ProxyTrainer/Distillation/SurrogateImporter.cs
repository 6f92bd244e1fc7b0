using System.Text.Json.Nodes;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Models.Adapters;
using Tda.ProxyTrainer.Models.Families;
using Tda.ProxyTrainer.Tokenization;

namespace Tda.ProxyTrainer.Distillation;

/// <summary>
/// Takes a Hugging Face model folder as a surrogate, without any training:
/// <list type="number">
/// <item>Read config.json, tokenizer.json (or tokenizer.model) and the chat template; refuse what would be computed or encoded otherwise than where they come from.</item>
/// <item>Read the weights, a few MiB at a time: every tensor there, of the configuration's shape, finite, and none that the configuration doesn't know.</item>
/// <item>Read the adapters, where there are some: of layers that the model has, of their shapes, finite.</item>
/// <item>Copy the files, the weights byte for byte, and write the manifest.</item>
/// </list>
/// </summary>
public static class SurrogateImporter
{
    /// <summary>Tokens of a row when nothing else is said: what a model was trained for may be a hundred times as much.</summary>
    public const int DefaultContext = 1024;

    private const string Command = "tda surrogate import";

    /// <param name="folder">config.json, tokenizer.json, and model.safetensors or its shards with their index.</param>
    /// <param name="directory">Where the surrogate will stand.</param>
    /// <param name="context">The longest row, in tokens; the model's own positions where they are fewer; null: <see cref="DefaultContext"/>, of gpt2 its positions.</param>
    /// <param name="replace">Whether a surrogate already there may be replaced.</param>
    /// <param name="progress">Told of the steps.</param>
    /// <param name="time">Clock for the manifest.</param>
    /// <param name="cancellation">Stops between files.</param>
    /// <param name="adapter">A PEFT folder with LoRA adapters for this model; null: those that the model's folder has in <c>adapter</c>, if any.</param>
    /// <exception cref="BadInputException">A file is missing, damaged, or not one that can be read exactly; says which, and why.</exception>
    /// <exception cref="UsageException">The surrogate exists, or the context can't be had.</exception>
    public static ImportedSurrogate Import(
        string folder, string directory, int? context, bool replace, IProgressSink progress, TimeProvider time, CancellationToken cancellation = default,
        string? adapter = null)
    {
        ArtifactDirectory.RequireFree(directory, replace);
        if (!Directory.Exists(folder))
        {
            throw new BadInputException(folder, "there is no such folder");
        }

        // 1. What it is.
        var original = ModelConfigFile.Read(Required(folder, ModelFiles.Config));
        var standard = original.Family == ModelFamily.Gpt2 ? original.MaxPositions : DefaultContext;
        var config = Surrogate.WithContext(original, Math.Min(context ?? standard, original.MaxPositions));
        var tokenizerFile = TokenizerOf(folder);
        var tokenizer = ModelTokenizer.Load(tokenizerFile);
        tokenizer.Template?.Check();
        Surrogate.RequireFit(tokenizerFile, tokenizer, config);

        // 2. Its weights.
        string[] weights = [.. ModelFiles.WeightFiles(folder).Select(name => Required(folder, name))];
        progress.Message($"Reading {original.ParameterCount:N0} parameters of a {FamilyName(original)} model.");
        WeightReader.Check(folder, original, progress, cancellation);
        var tracked = ParameterLayout.TrackedCount(config);

        // 3. What was trained beside them.
        adapter ??= AdapterFolder.Of(folder);
        var adapted = adapter is null ? 0 : ReadAdapters(original, folder, adapter, progress);

        // 4. The surrogate.
        using var artifact = ArtifactDirectory.Create(directory, Surrogate.Format, Surrogate.Version, time, replace);
        artifact.Manifest.Command = Command;
        artifact.Manifest.Options["path"] = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        artifact.Manifest.Options["context"] = context;
        var details = artifact.Manifest.Details;
        details["tokenizer_hash"] = tokenizer.Hash;
        details["family"] = FamilyName(config);
        details["parameters"] = config.ParameterCount;
        details["tracked_parameters"] = tracked;
        if (adapter is not null)
        {
            details["adapter_parameters"] = adapted;
            foreach (var name in (string[])[AdapterConfigFile.Name, AdapterFolder.Weights])
            {
                Copy(Path.Combine(adapter, name), artifact.PathOf(Path.Combine(AdapterFolder.Inside, name)));
            }
        }

        details["context"] = config.MaxPositions;
        details["positions"] = original.MaxPositions;
        string[] others = [.. Surrogate.TokenizerFiles.Append(Surrogate.TokenizerName).Append(ModelFiles.Index).Where(name => File.Exists(Path.Combine(folder, name))).Select(name => Path.Combine(folder, name))];
        foreach (var file in weights.Concat(others))
        {
            cancellation.ThrowIfCancellationRequested();
            Copy(file, artifact.PathOf(Path.GetFileName(file)));
        }

        if (Path.GetFileName(tokenizerFile) != Surrogate.TokenizerName)
        {
            tokenizer.Save(artifact.PathOf(Surrogate.TokenizerName));
            if (!File.Exists(artifact.PathOf(TokenizerConfigFile.Name)))
            {
                // SentencePiece says by number which pieces begin and end a text, tokenizer.json doesn't say it.
                TokenizerConfigFile.Write(artifact.PathOf(TokenizerConfigFile.Name), tokenizer, config.MaxPositions);
            }
        }

        WriteConfig(folder, artifact.PathOf(ModelFiles.Config), config.MaxPositions < original.MaxPositions ? config.MaxPositions : null);
        artifact.Commit();
        return new(artifact.FinalDirectory, FamilyName(config), config.ParameterCount, tracked, config.MaxPositions, original.MaxPositions, tokenizer.VocabularySize)
        {
            MemoryBytes = (config.ParameterCount + adapted) * sizeof(float),
            AdapterParameters = adapted,
        };
    }

    private static long ReadAdapters(ModelConfig config, string folder, string adapter, IProgressSink progress)
    {
        using var model = LanguageModel.Allocate(config, null, ScalarType.Float32);
        AdapterFolder.Attach(model, adapter);
        var (own, made) = (NameOf(folder), NameOf(model.Adapters!.BaseModel));
        if (own is not null && made is not null && own != made)
        {
            progress.Message($"The adapters were made for {model.Adapters.BaseModel}; they fit this model's layers, but only you know whether it is that one.");
        }

        return model.Flat.numel();

        static string? NameOf(string? path) => Path.GetFileName(path?.TrimEnd('/', '\\')) is { Length: > 0 } name ? name : null;
    }

    // SentencePiece's own file only where there is no other: it says the same of the vocabulary, and nothing of added tokens.
    private static string TokenizerOf(string folder) =>
        !File.Exists(Path.Combine(folder, Surrogate.TokenizerName)) && File.Exists(Path.Combine(folder, Surrogate.SentencePieceFile))
            ? Path.Combine(folder, Surrogate.SentencePieceFile)
            : Required(folder, Surrogate.TokenizerName);

    private static string FamilyName(ModelConfig config) => FamilyDescription.Of(config.Family).ModelType;

    private static string Required(string folder, string name) => File.Exists(Path.Combine(folder, name))
        ? Path.Combine(folder, name)
        : throw new BadInputException(folder, $"{name} is missing", remedy: AdapterFolder.Is(folder)
            ? "These are adapters alone: give their base's folder, and this one with --adapter."
            : "A model folder has config.json, tokenizer.json and model.safetensors, or shards with their index.");

    private static void Copy(string from, string to)
    {
        try
        {
            File.Copy(from, to);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TdaException($"{from} can't be copied to {to}: {error.Message}", error);
        }
    }

    // All else stays as it came: other programs read members that we don't.
    internal static void WriteConfig(string folder, string path, int? positions)
    {
        var file = JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, ModelFiles.Config)))!;
        // gpt2 has another name for its positions, which can't be fewer.
        if (positions is { } fewer && file["max_position_embeddings"] is not null)
        {
            file["max_position_embeddings"] = fewer;
        }

        AtomicFile.WriteJson(path, file);
    }
}

/// <summary>What was imported.</summary>
/// <param name="Directory">The surrogate's folder.</param>
/// <param name="Family">Hugging Face's <c>model_type</c>.</param>
/// <param name="Parameters">All its numbers.</param>
/// <param name="TrackedParameters">Those of attention's and MLP's linear layers, which attribution sees.</param>
/// <param name="Context">The longest row, in tokens.</param>
/// <param name="Positions">What the model was made for.</param>
/// <param name="VocabularySize">Tokens of its tokenizer.</param>
public sealed record ImportedSurrogate(
    string Directory, string Family, long Parameters, long TrackedParameters, int Context, int Positions, int VocabularySize)
{
    /// <summary>What its weights take in memory.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Numbers of its adapters; 0: it has none.</summary>
    public long AdapterParameters { get; init; }
}
