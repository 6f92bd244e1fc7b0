using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Distillation.Repetition;

/// <summary>
/// The training of a surrogate as it began, to be taken again step by step: first weights, examples and options, from what its folder notes and
/// from the corpus and the answers that it was distilled from. Owns the model.
/// </summary>
public sealed class RepeatableTraining : IDisposable
{
    private const string Again = "Distil the surrogate again.";

    private RepeatableTraining(LanguageModel model, IReadOnlyList<TrainingExample> examples, TrainingOptions options) =>
        (Model, Examples, Options) = (model, examples, options);

    /// <summary>Before the first step.</summary>
    public LanguageModel Model { get; }

    /// <summary>The documents' rows in the corpus's order, then the answers.</summary>
    public IReadOnlyList<TrainingExample> Examples { get; }

    /// <summary>How it was trained; without checkpoints.</summary>
    public TrainingOptions Options { get; }

    /// <summary>Whether a distilled surrogate was distilled from logged answers too, those that were held out included.</summary>
    /// <exception cref="BadInputException">Its training.json is damaged.</exception>
    public static bool HasAnswers(Surrogate surrogate) => surrogate.Report(0).ResponsesHash != LoggedResponse.Hash([]);

    /// <summary>How a member was trained, after a look at everything that tells whether that can be done again.</summary>
    /// <param name="surrogate">The surrogate.</param>
    /// <param name="member">From 0.</param>
    /// <param name="corpus">What it should have been distilled from.</param>
    /// <param name="responses">The answers that it was distilled from, in their order.</param>
    /// <exception cref="UsageException">It wasn't distilled here, or in other numbers.</exception>
    /// <exception cref="BadInputException">Corpus, answers or base are others than those that it was distilled from, or missing.</exception>
    public static TrainingOptions Require(Surrogate surrogate, int member, Corpus corpus, IReadOnlyList<LoggedResponse> responses)
    {
        var name = Path.GetFileName(surrogate.Directory);
        if (!surrogate.IsDistilled)
        {
            throw new UsageException($"Surrogate {name} was imported: nothing is known of its training. Take one that tda distill made.");
        }

        var report = surrogate.Report(member);
        if (report.CorpusHash != corpus.ContentHash)
        {
            throw new BadInputException(
                surrogate.Directory, $"it was distilled from {(report.CorpusHash is null ? "no corpus" : "other documents")}, not from those of corpus {corpus.Name} as they are now",
                remedy: "Distil it from this corpus, or make the index of the corpus that it was distilled from.");
        }

        if (report.ResponsesHash != LoggedResponse.Hash(responses))
        {
            throw new BadInputException(
                surrogate.Directory,
                $"it was distilled from {report.Responses + report.HeldOut:N0} answers; the {responses.Count:N0} that are at hand are others, or have changed",
                remedy: "Its training can't be repeated without them: distil it again from the log as it is, or with --exchanges none.");
        }

        var numbers = surrogate.Manifest.Options["numbers"]?.ToString();
        if (numbers is not null && numbers != ComputePlace.Current.NumbersName)
        {
            throw new UsageException($"Surrogate {name} was trained in {numbers}, and this run computes in {ComputePlace.Current.NumbersName}: give --dtype {numbers}.");
        }

        return report.Options with { CheckpointDirectory = null, CheckpointEvery = 0 };
    }

    /// <summary>What a member started from, under its own shape; null: fresh weights.</summary>
    /// <exception cref="BadInputException">The base is missing or another one now.</exception>
    public static DistillBase? BaseOf(Surrogate surrogate, int member = 0)
    {
        var report = surrogate.Report(member);
        if (report.Base is null)
        {
            return null;
        }

        var config = ModelConfigFile.Read(Path.Combine(surrogate.MemberDirectories[member], ModelFiles.Config));
        var directory = Path.Combine(Path.GetDirectoryName(surrogate.Directory)!, ArtifactReference.Parse(report.Base)?.Name ?? report.Base);
        var basis = DistillBase.Open(directory, config.MaxPositions);
        return basis.Hash == report.BaseHash ? basis : throw new BadInputException(
            directory, $"it isn't the base any more that {Path.GetFileName(surrogate.Directory)} was distilled from", remedy: Again);
    }

    /// <summary>Opens a member's training.</summary>
    /// <param name="surrogate">The surrogate.</param>
    /// <param name="member">From 0.</param>
    /// <param name="corpus">What it was distilled from.</param>
    /// <param name="responses">The answers that it was distilled from, in their order.</param>
    /// <param name="progress">Told of answers that are left out.</param>
    /// <inheritdoc cref="Require"/>
    public static RepeatableTraining Open(
        Surrogate surrogate, int member, Corpus corpus, IReadOnlyList<LoggedResponse> responses, IProgressSink progress)
    {
        // 1. As it was asked for. A response network, which has a mask, isn't repeated.
        var training = Require(surrogate, member, corpus, responses);
        var report = surrogate.Report(member);
        var asked = JsonFile.Part<DistillOptions>(
            surrogate.Manifest.Options, Path.Combine(surrogate.Directory, Manifest.FileName), "options", Again);

        // 2. First weights.
        var config = ModelConfigFile.Read(Path.Combine(surrogate.MemberDirectories[member], ModelFiles.Config));
        var model = BaseOf(surrogate, member)?.Load() ?? LanguageModel.Create(config, report.Seed);
        try
        {
            if (report.Adapters is { } adapters)
            {
                model.Attach(adapters, report.Seed);
            }

            // 3. Examples.
            var kept = DistillExamples.Rendered(DistillExamples.Split(responses, asked.HeldOutFraction).Kept, surrogate.Tokenizer, progress);
            var examples = DistillExamples.Of(corpus, kept, surrogate.Tokenizer, config, asked);
            return examples.Count == report.Examples
                ? new(model, examples, training)
                : throw new BadInputException(
                    surrogate.Directory, $"it was trained on {report.Examples:N0} examples, and corpus and answers give {examples.Count:N0} now", remedy: Again);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
