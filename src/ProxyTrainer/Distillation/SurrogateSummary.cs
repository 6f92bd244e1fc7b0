using System.Diagnostics.CodeAnalysis;
using Tda.Core.Arrays;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Models.Adapters;
using Tda.ProxyTrainer.Models.Families;

namespace Tda.ProxyTrainer.Distillation;

/// <summary>A surrogate in a line, as far as its small files tell: weights and tokenizer are not read.</summary>
public record SurrogateSummary
{
    public required string Name { get; init; }

    public required string Directory { get; init; }

    /// <summary><c>distilled</c> here, or <c>imported</c>: nothing is known of its training.</summary>
    public required string Origin { get; init; }

    /// <summary>Content hashes of what it was made from by name: <c>corpora/mail</c>, <c>exchanges</c>, <c>surrogates/base</c>.</summary>
    public required IReadOnlyDictionary<string, string> MadeFrom { get; init; }

    /// <summary>The folder that it was imported from, by its last name; null of a distilled one.</summary>
    public string? Folder { get; init; }

    /// <summary>Hugging Face's <c>model_type</c>.</summary>
    public required string Family { get; init; }

    /// <summary>Blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    public required int Heads { get; init; }

    /// <summary>All its numbers.</summary>
    public required long Parameters { get; init; }

    /// <summary>Those of attention's and MLP's linear layers, which attribution sees.</summary>
    public required long TrackedParameters { get; init; }

    /// <summary>Numbers of its adapters, which are attributed instead unless an index says otherwise; null: it has none.</summary>
    public long? AdapterParameters { get; init; }

    /// <summary>The longest row, in tokens.</summary>
    public required int Context { get; init; }

    /// <summary>Rows of the embedding: at least the tokenizer's tokens.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>What its weights take in memory, as float32.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Models of the ensemble.</summary>
    public required int Members { get; init; }

    /// <summary>Nats a token of held-out answers under the first member; null when none was held out, and of an imported one.</summary>
    public double? NatsPerToken { get; init; }

    /// <exception cref="BadInputException">It isn't a surrogate, or its config.json or training.json is damaged.</exception>
    public static SurrogateSummary Of(string directory) => Of(Surrogate.OpenFolders(directory));

    private protected static SurrogateSummary Of(Surrogate surrogate)
    {
        var config = ModelConfigFile.Read(Path.Combine(surrogate.Directory, ModelFiles.Config));
        return new()
        {
            Name = Path.GetFileName(surrogate.Directory),
            Directory = surrogate.Directory,
            Origin = surrogate.IsDistilled ? "distilled" : "imported",
            MadeFrom = surrogate.Manifest.Inputs.ToDictionary(input => ArtifactReference.Parse(input.Key)?.ToString() ?? input.Key, input => input.Value),
            Folder = surrogate.IsDistilled ? null : surrogate.Manifest.Options["path"]?.ToString(),
            Family = FamilyDescription.Of(config.Family).ModelType,
            Layers = config.Layers,
            HiddenSize = config.HiddenSize,
            Heads = config.Heads,
            Parameters = config.ParameterCount,
            TrackedParameters = ParameterLayout.TrackedCount(config),
            AdapterParameters = AdapterFolder.Of(surrogate.Directory) is { } adapter
                ? AdapterConfigFile.Read(Path.Combine(adapter, AdapterConfigFile.Name)).ParameterCount(config) : null,
            Context = config.MaxPositions,
            VocabularySize = config.VocabularySize,
            MemoryBytes = config.ParameterCount * sizeof(float),
            Members = surrogate.MemberDirectories.Count,
            NatsPerToken = surrogate.Fidelity()?.NatsPerToken,
        };
    }
}

/// <summary>A surrogate with its tokenizer, weights and trainings.</summary>
public sealed record SurrogateDetails : SurrogateSummary
{
    [SetsRequiredMembers] // they are the summary's
    private SurrogateDetails(SurrogateSummary summary, Surrogate surrogate)
        : base(summary)
    {
        string[] weights = [.. ModelFiles.WeightFiles(surrogate.Directory).Select(file => Path.Combine(surrogate.Directory, file))];
        CreatedAt = surrogate.Manifest.CreatedAt;
        TokenizerTokens = surrogate.Tokenizer.VocabularySize;
        TokenizerHash = surrogate.Tokenizer.Hash;
        StoredTypes = [.. weights.SelectMany(TypesOf).Distinct().Order(StringComparer.Ordinal)];
        StoredBytes = weights.Sum(file => new FileInfo(file).Length);
        Trainings = surrogate.IsDistilled ? [.. Enumerable.Range(0, surrogate.MemberDirectories.Count).Select(member => SurrogateTraining.Of(surrogate, member))] : [];
    }

    /// <summary>When its making was started.</summary>
    public DateTimeOffset CreatedAt { get; }

    /// <summary>Tokens of its tokenizer, special ones included.</summary>
    public int TokenizerTokens { get; }

    /// <summary>Identifies how it encodes.</summary>
    public string TokenizerHash { get; }

    /// <summary>Element types of the stored weights, as safetensors name them.</summary>
    public IReadOnlyList<string> StoredTypes { get; }

    /// <summary>Bytes of the first member's weights on disk.</summary>
    public long StoredBytes { get; }

    /// <summary>How each member was trained; empty of an imported one.</summary>
    public IReadOnlyList<SurrogateTraining> Trainings { get; }

    /// <exception cref="BadInputException">It isn't a surrogate, or one of its files is damaged.</exception>
    public static new SurrogateDetails Of(string directory)
    {
        var surrogate = Surrogate.Open(directory, verify: false);
        return new(Of(surrogate), surrogate);
    }

    private static List<string> TypesOf(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return [.. file.Entries.Values.Select(entry => entry.DType).Distinct()];
    }
}

/// <summary>How a member of a surrogate was trained, and what came of it.</summary>
/// <param name="Base">The surrogate that it started from; null: fresh weights.</param>
/// <param name="Documents">Documents trained on.</param>
/// <param name="Responses">Answers trained on.</param>
/// <param name="HeldOut">Answers measured.</param>
/// <param name="Seed">Of weights and order.</param>
/// <param name="Optimizer">Which one.</param>
/// <param name="LearningRate">AdamW's peak rate.</param>
/// <param name="Epochs">Passes.</param>
/// <param name="Steps">Steps.</param>
/// <param name="FirstLoss">Objective before the first step, nats a label token.</param>
/// <param name="FinalLoss">Its mean over the last tenth of the steps.</param>
/// <param name="Checkpoints">Steps after which one was kept.</param>
/// <param name="Fidelity">On the answers that were held out; null without any.</param>
public sealed record SurrogateTraining(
    string? Base, int Documents, int Responses, int HeldOut, long Seed, string Optimizer, double LearningRate, int Epochs, int Steps, double FirstLoss,
    double FinalLoss, IReadOnlyList<int> Checkpoints, FidelityResult? Fidelity)
{
    internal static SurrogateTraining Of(Surrogate surrogate, int member)
    {
        var report = surrogate.Report(member);
        return new(
            report.Base, report.Documents, report.Responses, report.HeldOut, report.Seed, JsonNamingPolicy.SnakeCaseLower.ConvertName($"{report.Options.Optimizer}"),
            report.Options.LearningRate, report.Options.Epochs, report.History.Losses.Count, report.History.Losses.FirstOrDefault(), report.FinalLoss,
            [.. surrogate.Checkpoints(member).Select(checkpoint => checkpoint.Step)], report.Fidelity);
    }
}
