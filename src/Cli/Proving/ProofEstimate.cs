using Tda.Curation.Measures;
using Tda.Lab.Models;
using Tda.Lab.Training;

namespace Tda.Cli.Proving;

/// <summary>Says before a measurement of a model on this machine, or a proof, what it will need.</summary>
internal static class ProofEstimate
{
    private const int Models = 3;

    /// <summary>What a measurement asks.</summary>
    /// <exception cref="BadInputException">A prompt file can't be used.</exception>
    public static EstimatedAnswers Answers(MeasureOptions options)
    {
        PromptSet[] sets =
        [
            PromptSet.Read(options.PromptFile),
            .. options.BenignFile is { } benign ? [PromptSet.Read(benign, textsAlone: true)] : Array.Empty<PromptSet>(),
        ];
        string[] prompts = [.. sets.SelectMany(set => set.Asked).Select(line => line.Prompt!)];
        return new EstimatedAnswers
        {
            Prompts = prompts,
            Answers = options.Choices * prompts.Length,
            Texts = [.. sets.Skip(1).SelectMany(set => set.Texts).Select(line => line.Text!)],
            Ask = options.Ask,
        };
    }

    /// <summary>What a proof by <see cref="Prover"/> needs.</summary>
    /// <exception cref="BadInputException">Model or a prompt file can't be used.</exception>
    public static JobPlan Of(ProveOptions options, ProofPlan plan, CancellationToken cancel)
    {
        var training = plan.Training(options.Home.LabDirectory(options.Called("after")), options.Home.CorpusDirectory(options.Corpus), options.Penalty);
        // The models aren't trained yet: the one that is retrained answers in their place.
        using var model = options.Lab is { } lab ? AskedLabModel.OfLab(options.Home, lab) : AskedLabModel.OfSurrogate(options.Home, options.Surrogate!);
        return Of(
            "prove", LabEstimate.Of(training, cancel), plan.Before is null ? Models : Models - 1,
            model.Estimate("measure", Answers(options.Measure), cancel), Corpus.Open(training.CorpusDirectory, verify: false),
            options.Lab is { } name ? options.Home.LabDirectory(name) : options.Home.SurrogateDirectory(options.Surrogate!));
    }

    /// <summary>Trainings one after the other, then questions to three models side by side, each on a thread of its own.</summary>
    /// <param name="job">The job's name.</param>
    /// <param name="training">One of the trainings.</param>
    /// <param name="trainings">How many there are.</param>
    /// <param name="measuring">One of the measurements.</param>
    /// <param name="corpus">The corpus, as long as the control that is made of it.</param>
    /// <param name="model">The model that is retrained.</param>
    public static JobPlan Of(string job, JobPlan training, int trainings, JobPlan measuring, Corpus corpus, string model) => new(
        job,
        // The models, of which the one in training has checkpoints too.
        corpus.StoredBytes + training.DiskBytes + ((trainings - 1) * new FileInfo(Path.Combine(model, LabModel.WeightsFile)).Length)
            + (Models * measuring.DiskBytes),
        Math.Max(training.MemoryBytes, Models * measuring.MemoryBytes),
        (trainings * training.Seconds) + (Models * measuring.Seconds / Math.Min(Models, Environment.ProcessorCount)));
}
