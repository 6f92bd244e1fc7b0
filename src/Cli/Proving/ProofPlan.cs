using Tda.Core.Masks;
using Tda.Curation.Ledger;
using Tda.Lab.Models;
using Tda.Lab.Training;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Training;

namespace Tda.Cli.Proving;

/// <summary>What a proof has to train, read from the model and the curated corpus.</summary>
internal sealed record ProofPlan
{
    /// <summary>The corpus that was curated.</summary>
    public required string Corpus { get; init; }

    /// <summary>The run that the curation came from.</summary>
    public required string Run { get; init; }

    /// <summary>Its folder.</summary>
    public required string RunDirectory { get; init; }

    /// <summary>As much as the curation did, at random.</summary>
    public required IReadOnlyList<Decision> Control { get; init; }

    /// <summary>The lab model that is the one before; null where it has to be trained.</summary>
    public required string? Before { get; init; }

    /// <summary>How every model is trained.</summary>
    public required TrainingOptions Options { get; init; }

    /// <summary>Seed of weights and order.</summary>
    public required long Seed { get; init; }

    /// <summary>The lab model that every model starts from; null: fresh weights.</summary>
    public required string? BaseDirectory { get; init; }

    /// <summary>The model whose architecture and tokenizer fresh weights take; null with a base.</summary>
    public required string? LikeDirectory { get; init; }

    /// <summary>Hashes of what the proof rests on.</summary>
    public required IDictionary<string, string> Inputs { get; init; }

    /// <summary>Reads the plan.</summary>
    /// <exception cref="UsageException">Options out of range, or the corpus wasn't made by a curation.</exception>
    /// <exception cref="BadInputException">Model, corpus or run is missing, damaged, or doesn't belong to the others.</exception>
    public static ProofPlan Of(ProveOptions options)
    {
        new OptionChecks().AtLeast("epochs", options.Epochs, 1).AtLeast("penalty", options.Penalty, 0).Throw("The proof's");
        options.Measure.Validate();
        var home = options.Home;

        // The curation: from which corpus, by which run, how much.
        var curated = Core.Corpora.Corpus.Open(home.CorpusDirectory(options.Corpus));
        if (curated.Manifest.InputOf(ArtifactKind.Corpus) is not var (corpus, hash) || curated.Manifest.InputOf(ArtifactKind.Run)?.Name is not { } run)
        {
            throw new UsageException(
                $"{curated.Directory} wasn't made by tda curate from a run, so there is nothing to set it against. Give a curated corpus.");
        }

        var original = Core.Corpora.Corpus.Open(home.CorpusDirectory(corpus));
        if (original.ContentHash != hash)
        {
            throw new BadInputException(
                original.Directory, $"isn't the corpus that {options.Corpus} was made from: its documents are others now",
                remedy: "Curate it again.");
        }

        // The model: how it was trained, and whether it is the one before.
        var model = options.Lab is { } lab ? home.LabDirectory(lab) : home.SurrogateDirectory(options.Surrogate!);
        var recipe = options.Lab is null ? OfSurrogate(model) : LabRecipe.Of(model);
        if ((recipe.Corpus, recipe.CorpusHash) != (corpus, original.ContentHash))
        {
            throw new BadInputException(
                model,
                $"was trained on corpus {recipe.Corpus}{(recipe.Corpus == corpus ? " as it was then" : "")}, "
                + $"but {options.Corpus} was made from {corpus}",
                remedy: "Give the model that was trained on the corpus that was curated.");
        }

        var training = recipe.Training with { Epochs = options.Epochs ?? recipe.Training.Epochs };
        var seed = options.Seed ?? recipe.Seed;
        var isBefore = options.Lab is not null && recipe.Whole && training.Epochs == recipe.Training.Epochs && seed == recipe.Seed;
        var runDirectory = home.RunDirectory(run);
        return new ProofPlan
        {
            Corpus = corpus,
            Run = run,
            RunDirectory = runDirectory,
            Control = RunPlan.AtRandom(runDirectory, DecisionsOf(curated), options.ControlSeed),
            Before = isBefore ? options.Lab : null,
            Options = training,
            Seed = seed,
            BaseDirectory = recipe.BaseDirectory,
            LikeDirectory = recipe.BaseDirectory is null ? model : null,
            Inputs = InputsOf(original, curated, model),
        };
    }

    /// <summary>The training of one of the models.</summary>
    public LabTrainOptions Training(string output, string corpus, double penalty) => new()
    {
        OutputDirectory = output,
        CorpusDirectory = corpus,
        BaseDirectory = BaseDirectory,
        LikeDirectory = LikeDirectory,
        MaskFile = CurationFiles.In(corpus, CurationFiles.Mask),
        WeightsFile = CurationFiles.In(corpus, CurationFiles.Weights),
        Penalty = penalty,
        Training = Options with { Seed = Seed, CheckpointEvery = 200 },
        Seed = Seed,
    };

    // The shape of the training that the surrogate had, on documents alone: its answers are the closed model's, which no curation changes.
    private static LabRecipe OfSurrogate(string directory)
    {
        var surrogate = Surrogate.Open(directory);
        var (corpus, hash) = surrogate.Manifest.InputOf(ArtifactKind.Corpus)
            ?? throw new BadInputException(
                surrogate.Directory, "was imported, or distilled from answers alone: there is no corpus whose curation it could show");
        var training = surrogate.Training().Options;
        return new LabRecipe(corpus, hash, null, training, training.Seed, Whole: false);
    }

    private static SortedDictionary<string, string> InputsOf(Corpus original, Corpus curated, string model)
    {
        var inputs = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [$"corpus {original.Name}"] = original.ContentHash,
            [$"corpus {curated.Name}"] = curated.ContentHash,
            ["model"] = Hashing.Sha256File(Path.Combine(model, LabModel.WeightsFile)),
        };
        foreach (var file in (string[])[CurationFiles.Mask, CurationFiles.Weights])
        {
            if (curated.Manifest.Outputs.TryGetValue(file, out var hash))
            {
                inputs[file] = hash;
            }
        }

        return inputs;
    }

    /// <summary>What the curation did, overrides included, as a plan would say it.</summary>
    private static List<Decision> DecisionsOf(Corpus curated)
    {
        var decisions = curated.Ledger().Where(entry => entry.Action == "drop")
            .Select(entry => new Decision(entry.Id, CurationAction.Drop, entry.Rule)).ToList();
        if (CurationFiles.In(curated.Directory, CurationFiles.Mask) is { } mask)
        {
            decisions.AddRange(Decision.Masks(TokenMask.Read(mask), "mask", tau: null));
        }

        if (CurationFiles.In(curated.Directory, CurationFiles.Weights) is { } weights)
        {
            decisions.AddRange(
                DocumentWeights.Read(weights).Select(one => new Decision(one.Key, CurationAction.Weight, "weight") { Weight = one.Value }));
        }

        return decisions;
    }
}
