using Tda.ProxyTrainer.Checkpoints;
using Tda.ProxyTrainer.Models;
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
    private const string EnsembleFolder = "ensemble";

    private Surrogate(OpenedArtifact artifact, IReadOnlyList<string> members, ByteLevelBpe tokenizer)
    {
        (Directory, Manifest, MemberDirectories, Tokenizer) = (artifact.Directory, artifact.Manifest, members, tokenizer);
    }

    public string Directory { get; }

    public Manifest Manifest { get; }

    /// <summary>A model folder for each member; the first is <see cref="Directory"/> itself.</summary>
    public IReadOnlyList<string> MemberDirectories { get; }

    /// <summary>One for all members.</summary>
    public ByteLevelBpe Tokenizer { get; }

    /// <exception cref="BadInputException">Missing, damaged, or not a surrogate.</exception>
    public static Surrogate Open(string directory, bool verify = true)
    {
        var artifact = ArtifactDirectory.Open(directory, Format, Version, verify);
        var members = new List<string> { artifact.Directory };
        while (System.IO.Directory.Exists(Path.Combine(artifact.Directory, MemberFolder(members.Count))))
        {
            members.Add(Path.Combine(artifact.Directory, MemberFolder(members.Count)));
        }

        return new Surrogate(artifact, members, ByteLevelBpe.Load(artifact.PathOf(TokenizerName)));
    }

    /// <summary>A member's model; the caller disposes of it.</summary>
    /// <param name="member">From 0, below the number of <see cref="MemberDirectories"/>.</param>
    public LanguageModel LoadModel(int member = 0) => LanguageModel.Load(MemberDirectories[member]);

    /// <summary>Whether it was distilled here; else it was imported, and nothing is known of its training.</summary>
    public bool IsDistilled => File.Exists(Path.Combine(Directory, TrainingFile));

    /// <summary>How well a member predicted held-out answers when it was distilled; null when none was held out, and of an imported model.</summary>
    /// <exception cref="BadInputException">Its training.json is damaged.</exception>
    public FidelityResult? Fidelity(int member = 0) => IsDistilled ? Report(member).Fidelity : null;

    /// <summary>How a member was trained: the options, and losses and learning rates of every step.</summary>
    /// <exception cref="BadInputException">Its training.json is missing or damaged.</exception>
    public (TrainingOptions Options, TrainingHistory History) Training(int member = 0) => (Report(member).Options, Report(member).History);

    /// <summary>A member's checkpoints, oldest first.</summary>
    public IReadOnlyList<Checkpoint> Checkpoints(int member = 0) => Checkpoint.List(CheckpointFolder(MemberDirectories[member]));

    private TrainingReport Report(int member) =>
        JsonFile.Read<TrainingReport>(Path.Combine(MemberDirectories[member], TrainingFile), "Distil the surrogate again.");

    /// <summary>Empty for the first, which is the folder itself.</summary>
    internal static string MemberFolder(int member) => member == 0 ? "" : Path.Combine(EnsembleFolder, $"{member}");

    internal static string CheckpointFolder(string memberDirectory) => Path.Combine(memberDirectory, "checkpoints");
}

/// <summary>A surrogate's training.json: what it was trained on, how, and what came of it.</summary>
internal sealed record TrainingReport
{
    /// <summary>Content hash of the corpus; null without one.</summary>
    public string? CorpusHash { get; init; }

    public required string ResponsesHash { get; init; }

    public required string TokenizerHash { get; init; }

    public required int Documents { get; init; }

    public required int Responses { get; init; }

    public required int HeldOut { get; init; }

    public required int Examples { get; init; }

    public required long Parameters { get; init; }

    public required long Seed { get; init; }

    public required TrainingOptions Options { get; init; }

    public required double FinalLoss { get; init; }

    /// <summary>Nats a label token, learning rate and gradient norm of every step.</summary>
    public required TrainingHistory History { get; init; }

    public FidelityResult? Fidelity { get; init; }
}
