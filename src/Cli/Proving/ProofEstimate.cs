using Tda.Curation.Measures;
using Tda.Lab.Models;
using Tda.Lab.Training;

namespace Tda.Cli.Proving;

/// <summary>Says before a measurement of a model on this machine, or a proof, what it will need.</summary>
internal static class ProofEstimate
{
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
        var first = plan.Curated[0];
        var training = plan.Training(options.Home.LabDirectory(options.Called(first.Name)), first.Corpus.Directory, options.Penalty, plan.Seeds[0]);
        // The models aren't trained yet: the one that is retrained answers in their place.
        using var model = options.Lab is { } lab ? AskedLabModel.OfLab(options.Home, lab) : AskedLabModel.OfSurrogate(options.Home, options.Surrogate!);
        var models = (1 + options.Corpora.Count + options.Controls.Count) * plan.Seeds.Count;
        return Of(
            "prove", new ProofSize(models, plan.Before is null ? models : models - 1, options.Controls.Count(control => control.Kind != ControlKind.Dpo)),
            LabEstimate.Of(training, cancel), model.Estimate("measure", Answers(options.Measure), cancel),
            Corpus.Open(training.CorpusDirectory, verify: false), plan.ModelDirectory);
    }

    /// <summary>Trainings one after the other, then questions to as many models at once as there are cores, each on a thread of its own.</summary>
    /// <param name="job">The job's name.</param>
    /// <param name="size">How much there is to do. Teaching preferences counts as a training, which takes longer.</param>
    /// <param name="training">One of the trainings.</param>
    /// <param name="measuring">One of the measurements.</param>
    /// <param name="corpus">The corpus, as long as a control that is made of it.</param>
    /// <param name="model">The model that is retrained.</param>
    public static JobPlan Of(string job, ProofSize size, JobPlan training, JobPlan measuring, Corpus corpus, string model)
    {
        var atOnce = Math.Min(size.Models, Environment.ProcessorCount);
        return new(
            job,
            // The models, of which the one in training has checkpoints too.
            (size.Corpora * corpus.StoredBytes) + training.DiskBytes
                + ((size.Trainings - 1) * new FileInfo(Path.Combine(model, LabModel.WeightsFile)).Length) + (size.Models * measuring.DiskBytes),
            Math.Max(training.MemoryBytes, atOnce * measuring.MemoryBytes),
            (size.Trainings * training.Seconds) + (size.Models * measuring.Seconds / atOnce));
    }
}

/// <summary>How much a proof has to do.</summary>
/// <param name="Models">Models that are measured.</param>
/// <param name="Trainings">Those of them that are trained.</param>
/// <param name="Corpora">Controls that are curated.</param>
internal sealed record ProofSize(int Models, int Trainings, int Corpora);
