using Tda.ProxyTrainer.ChatTemplates;
using Tda.ProxyTrainer.Checkpoints;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Models.Adapters;
using Tda.ProxyTrainer.Tokenization;
using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Distillation;

/// <summary>
/// A surrogate on disk, distilled or imported: a Hugging Face model folder; the other members of an ensemble are folders of the same
/// kind in <c>ensemble/1</c>, <c>ensemble/2</c>, …, all with one tokenizer.
/// </summary>
public sealed class Surrogate
{
    internal const string Format = "tda.surrogate";
    internal const int Version = 1;
    internal const string TrainingFile = "training.json";
    internal const string TokenizerName = "tokenizer.json";
    internal const string SentencePieceFile = "tokenizer.model";
    private const string EnsembleFolder = "ensemble";

    /// <summary>What other programs keep beside a tokenizer.json, which says enough by itself here.</summary>
    internal static readonly string[] TokenizerFiles =
        [TokenizerConfigFile.Name, ChatTemplate.FileName, SentencePieceFile, "special_tokens_map.json", "generation_config.json", "vocab.json", "merges.txt"];

    private readonly Lazy<ModelTokenizer> _tokenizer;

    private Surrogate(OpenedArtifact artifact, IReadOnlyList<string> members)
    {
        (Directory, Manifest, MemberDirectories) = (artifact.Directory, artifact.Manifest, members);
        _tokenizer = new(() => ModelTokenizer.Load(artifact.PathOf(TokenizerName)));
    }

    public string Directory { get; }

    public Manifest Manifest { get; }

    /// <summary>A model folder for each member; the first is <see cref="Directory"/> itself.</summary>
    public IReadOnlyList<string> MemberDirectories { get; }

    /// <summary>One for all members.</summary>
    public ModelTokenizer Tokenizer => _tokenizer.Value;

    /// <exception cref="BadInputException">Missing, damaged, or not a surrogate.</exception>
    public static Surrogate Open(string directory, bool verify = true)
    {
        var surrogate = OpenFolders(directory, verify);
        _ = surrogate.Tokenizer; // a damaged one is told of here
        return surrogate;
    }

    /// <summary>Opens it without a look at its tokenizer, whose file may have millions of lines.</summary>
    /// <exception cref="BadInputException">Missing, or not a surrogate.</exception>
    internal static Surrogate OpenFolders(string directory, bool verify = false)
    {
        var artifact = ArtifactDirectory.Open(directory, Format, Version, verify);
        var members = new List<string> { artifact.Directory };
        while (System.IO.Directory.Exists(Path.Combine(artifact.Directory, MemberFolder(members.Count))))
        {
            members.Add(Path.Combine(artifact.Directory, MemberFolder(members.Count)));
        }

        return new Surrogate(artifact, members);
    }

    /// <summary>A member's model; the caller disposes of it.</summary>
    /// <param name="member">From 0, below the number of <see cref="MemberDirectories"/>.</param>
    /// <param name="parameters">What its adapters become, if it has any.</param>
    public LanguageModel LoadModel(int member = 0, ModelParameters parameters = ModelParameters.Merged) =>
        LanguageModel.Load(MemberDirectories[member], parameters: parameters);

    /// <summary>Whether its members have adapters beside the base's weights.</summary>
    public bool HasAdapters => AdapterFilesOf(Directory).Count > 0;

    /// <summary>Whether adapters alone were trained when it was distilled, though they may have been merged since.</summary>
    /// <exception cref="BadInputException">Its training.json is damaged.</exception>
    public bool TrainedAdapters => IsDistilled && Report(0).Adapters is not null;

    /// <summary>The files of a member's adapters; empty where it has none.</summary>
    public static IReadOnlyList<string> AdapterFilesOf(string memberDirectory) => AdapterFolder.Of(memberDirectory) is { } folder
        ? [Path.Combine(folder, AdapterConfigFile.Name), Path.Combine(folder, AdapterFolder.Weights)]
        : [];

    /// <summary>Whether it was distilled here; else it was imported, and nothing is known of its training.</summary>
    public bool IsDistilled => File.Exists(Path.Combine(Directory, TrainingFile));

    /// <summary>How well a member predicted held-out answers when it was distilled; null when none was held out, and of an imported model.</summary>
    /// <exception cref="BadInputException">Its training.json is damaged.</exception>
    public FidelityResult? Fidelity(int member = 0) => IsDistilled ? Report(member).Fidelity : null;

    /// <summary>
    /// The part of the log that it was distilled from, and the share of the prompts that was held out; null where that wasn't noted: of an
    /// imported model, one without exchanges, and one of an earlier version.
    /// </summary>
    /// <exception cref="BadInputException">Its training.json is damaged.</exception>
    public (LogWindow Log, double HeldOutFraction)? Window() =>
        IsDistilled && Report(0) is { Window: { } window, HeldOutFraction: { } share } ? (window, share) : null;

    /// <summary>
    /// How a member was trained: the options, and losses and learning rates of every step. A response network's are those that one model of it
    /// would be trained by.
    /// </summary>
    /// <exception cref="BadInputException">Its training.json is missing or damaged.</exception>
    public (TrainingOptions Options, TrainingHistory History) Training(int member = 0) =>
        (Report(member).Options with { Response = null }, Report(member).History);

    /// <summary>A member's checkpoints, oldest first.</summary>
    public IReadOnlyList<Checkpoint> Checkpoints(int member = 0) => Checkpoint.List(CheckpointFolder(MemberDirectories[member]));

    internal TrainingReport Report(int member) =>
        JsonFile.Read<TrainingReport>(Path.Combine(MemberDirectories[member], TrainingFile), "Distil the surrogate again.");

    /// <summary>Refuses a tokenizer whose ids the embedding doesn't have; an embedding with rows to spare is common.</summary>
    /// <exception cref="BadInputException">It has more tokens than the embedding has rows.</exception>
    internal static void RequireFit(string path, ModelTokenizer tokenizer, ModelConfig config)
    {
        if (tokenizer.VocabularySize > config.VocabularySize)
        {
            throw new BadInputException(
                path, $"the tokenizer has {tokenizer.VocabularySize:N0} tokens, the model's embedding only {config.VocabularySize:N0}",
                remedy: "Tokenizer and weights belong to different models.");
        }
    }

    /// <summary>A model's shape for rows of at most so many tokens.</summary>
    /// <exception cref="UsageException">It has fewer positions, or is of gpt2, which learned its positions.</exception>
    internal static ModelConfig WithContext(ModelConfig config, int context) =>
        context > config.MaxPositions ? throw new UsageException($"The model has only {config.MaxPositions:N0} positions: --context {context} can't be had.")
        : context < config.MaxPositions && config.Family == ModelFamily.Gpt2
            ? throw new UsageException($"gpt2 learned its {config.MaxPositions:N0} positions, which can't be fewer: leave --context out.")
        : config with { MaxPositions = context };

    /// <summary>Empty for the first, which is the folder itself.</summary>
    internal static string MemberFolder(int member) => member == 0 ? "" : Path.Combine(EnsembleFolder, $"{member}");

    internal static string CheckpointFolder(string memberDirectory) => Path.Combine(memberDirectory, "checkpoints");
}

/// <summary>A surrogate's training.json: what it was trained on, how, and what came of it.</summary>
internal sealed record TrainingReport
{
    /// <summary>The surrogate that it started from; null: fresh weights.</summary>
    public string? Base { get; init; }

    /// <summary>SHA-256 of that one's manifest.</summary>
    public string? BaseHash { get; init; }

    /// <summary>Content hash of the corpus; null without one.</summary>
    public string? CorpusHash { get; init; }

    public required string ResponsesHash { get; init; }

    /// <summary>Which part of the log the answers were; null where they were from elsewhere, and in reports of earlier versions.</summary>
    public LogWindow? Window { get; init; }

    /// <summary>Share of the prompts that was not trained on; null in reports of earlier versions.</summary>
    public double? HeldOutFraction { get; init; }

    public required string TokenizerHash { get; init; }

    public required int Documents { get; init; }

    public required int Responses { get; init; }

    public required int HeldOut { get; init; }

    public required int Examples { get; init; }

    public required long Parameters { get; init; }

    /// <summary>The adapters that were trained instead of all parameters; null: none.</summary>
    public LoraConfig? Adapters { get; init; }

    /// <summary>How many numbers were trained; null in reports of earlier versions: all.</summary>
    public long? TrainedParameters { get; init; }

    public required long Seed { get; init; }

    public required TrainingOptions Options { get; init; }

    public required double FinalLoss { get; init; }

    /// <summary>Nats a label token, learning rate and gradient norm of every step.</summary>
    public required TrainingHistory History { get; init; }

    public FidelityResult? Fidelity { get; init; }

    /// <summary>What was learned of log-probabilities; null: answers alone.</summary>
    public LogprobReport? Logprobs { get; init; }
}

/// <summary>How log-probabilities were learned.</summary>
/// <param name="Responses">Answers that had any.</param>
/// <param name="Weight">α.</param>
/// <param name="Temperature">T.</param>
internal sealed record LogprobReport(int Responses, double Weight, double Temperature);
