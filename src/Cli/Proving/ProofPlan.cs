using Tda.Core.Masks;
using Tda.Curation.Ledger;
using Tda.Lab.Models;
using Tda.Lab.Training;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Training;

namespace Tda.Cli.Proving;

/// <summary>What a proof has to train, read from the model and the curated corpora.</summary>
internal sealed record ProofPlan
{
    /// <summary>The corpus that was curated.</summary>
    public required string Corpus { get; init; }

    /// <summary>What was made of it.</summary>
    public required IReadOnlyList<ProvedCorpus> Curated { get; init; }

    /// <summary>The lab model that is the one before, with the first seed; null where it has to be trained.</summary>
    public required string? Before { get; init; }

    /// <summary>The model that is retrained.</summary>
    public required string ModelDirectory { get; init; }

    /// <summary>How every model is trained.</summary>
    public required TrainingOptions Options { get; init; }

    /// <summary>Seeds of weights and order: each model is trained once with each.</summary>
    public required IReadOnlyList<long> Seeds { get; init; }

    /// <summary>The lab model that every model starts from; null: fresh weights.</summary>
    public required string? BaseDirectory { get; init; }

    /// <summary>The model whose architecture and tokenizer fresh weights take; null with a base.</summary>
    public required string? LikeDirectory { get; init; }

    /// <summary>Hashes of what the proof rests on.</summary>
    public required IDictionary<string, string> Inputs { get; init; }

    /// <summary>Reads the plan.</summary>
    /// <exception cref="UsageException">Options out of range, or a corpus wasn't made by a curation.</exception>
    /// <exception cref="BadInputException">Model, corpus or run is missing, damaged, or doesn't belong to the others.</exception>
    public static ProofPlan Of(ProveOptions options)
    {
        options.Validate();
        var home = options.Home;

        // The curations: all of one corpus.
        ProvedCorpus[] curated = [.. options.Corpora.Select(corpus => ProvedCorpus.Open(home, corpus, options.ArmOf(corpus)))];
        var (first, original) = (curated[0], Core.Corpora.Corpus.Open(home.CorpusDirectory(curated[0].Of)));
        foreach (var one in curated)
        {
            if (one.Of != first.Of)
            {
                throw new BadInputException(
                    one.Corpus.Directory, $"was made from {one.Of}, but {first.Name} from {first.Of}", remedy: "Compare curations of one corpus.");
            }

            if (original.ContentHash != one.OfHash)
            {
                throw new BadInputException(
                    original.Directory, $"isn't the corpus that {one.Name} was made from: its documents are others now",
                    remedy: "Curate it again.");
            }
        }

        // The model: how it was trained, and whether it is the one before.
        var (model, recipe) = (ModelOf(options), RecipeOf(options));
        if ((recipe.Corpus, recipe.CorpusHash) != (original.Name, original.ContentHash))
        {
            throw new BadInputException(
                model,
                $"was trained on corpus {recipe.Corpus}{(recipe.Corpus == original.Name ? " as it was then" : "")}, "
                + $"but {first.Name} was made from {original.Name}",
                remedy: "Give the model that was trained on the corpus that was curated.");
        }

        var training = recipe.Training with { Epochs = options.Epochs ?? recipe.Training.Epochs };
        var seed = options.Seed ?? recipe.Seed;
        var isBefore = options.Lab is not null && recipe.Whole && training.Epochs == recipe.Training.Epochs && seed == recipe.Seed;
        return new ProofPlan
        {
            Corpus = original.Name,
            Curated = curated,
            Before = isBefore ? options.Lab : null,
            ModelDirectory = model,
            Options = training,
            Seeds = [.. Enumerable.Range(0, options.Seeds).Select(i => seed + i)],
            BaseDirectory = recipe.BaseDirectory,
            LikeDirectory = recipe.BaseDirectory is null ? model : null,
            Inputs = InputsOf(original, curated, model),
        };
    }

    /// <summary>The training of one of the models.</summary>
    /// <param name="output">The lab model's folder.</param>
    /// <param name="corpus">Folder of the corpus that it learns.</param>
    /// <param name="penalty">λ.</param>
    /// <param name="seed">One of <see cref="Seeds"/>.</param>
    public LabTrainOptions Training(string output, string corpus, double penalty, long seed) => new()
    {
        OutputDirectory = output,
        CorpusDirectory = corpus,
        BaseDirectory = BaseDirectory,
        LikeDirectory = LikeDirectory,
        MaskFile = CurationFiles.In(corpus, CurationFiles.Mask),
        WeightsFile = CurationFiles.In(corpus, CurationFiles.Weights),
        Penalty = penalty,
        Training = Options with { Seed = seed, CheckpointEvery = 200 },
        Seed = seed,
    };

    /// <summary>How the model that is retrained was trained, and on what.</summary>
    /// <exception cref="BadInputException">It is missing, damaged, or was trained on no corpus.</exception>
    public static LabRecipe RecipeOf(ProveOptions options) => options.Lab is null ? OfSurrogate(ModelOf(options)) : LabRecipe.Of(ModelOf(options));

    private static string ModelOf(ProveOptions options) =>
        options.Lab is { } lab ? options.Home.LabDirectory(lab) : options.Home.SurrogateDirectory(options.Surrogate!);

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

    private static SortedDictionary<string, string> InputsOf(Corpus original, IEnumerable<ProvedCorpus> curated, string model)
    {
        var inputs = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [$"corpus {original.Name}"] = original.ContentHash,
            ["model"] = Hashing.Sha256File(Path.Combine(model, LabModel.WeightsFile)),
        };
        foreach (var one in curated)
        {
            inputs[$"corpus {one.Name}"] = one.Corpus.ContentHash;
            foreach (var file in (string[])[CurationFiles.Mask, CurationFiles.Weights])
            {
                if (one.Corpus.Manifest.Outputs.TryGetValue(file, out var hash))
                {
                    inputs[$"{one.Name}/{file}"] = hash;
                }
            }
        }

        return inputs;
    }
}

/// <summary>A curated corpus that is to be proved.</summary>
/// <param name="Name">Its name in the proof.</param>
/// <param name="Corpus">The corpus.</param>
/// <param name="Of">Name of the corpus that was curated.</param>
/// <param name="OfHash">That corpus's content hash at that time.</param>
/// <param name="Run">The run that the curation came from; null where none did.</param>
internal sealed record ProvedCorpus(string Name, Corpus Corpus, string Of, string OfHash, string? Run)
{
    /// <exception cref="UsageException">It wasn't made by a curation.</exception>
    /// <exception cref="BadInputException">It is missing or damaged.</exception>
    public static ProvedCorpus Open(TdaHome home, string directory, string name)
    {
        var corpus = Core.Corpora.Corpus.Open(home.CorpusDirectory(directory));
        return corpus.Manifest.InputOf(ArtifactKind.Corpus) is var (of, hash)
            ? new(name, corpus, of, hash, corpus.Manifest.InputOf(ArtifactKind.Run)?.Name)
            : throw new UsageException($"{corpus.Directory} wasn't made by tda curate, so there is nothing to set it against. Give a curated corpus.");
    }

    /// <summary>The first rules that its ledger names.</summary>
    public string Rules() => string.Join("; ", Corpus.Ledger().Select(entry => entry.Rule).Distinct(StringComparer.Ordinal).Take(3));

    /// <summary>What the curation did, overrides included, as a plan would say it.</summary>
    public IReadOnlyList<Decision> Decisions()
    {
        var decisions = Corpus.Ledger().Where(entry => entry.Action == "drop").DistinctBy(entry => entry.Id)
            .Select(entry => new Decision(entry.Id, CurationAction.Drop, entry.Rule)).ToList();
        if (CurationFiles.In(Corpus.Directory, CurationFiles.Mask) is { } mask)
        {
            decisions.AddRange(Decision.Masks(TokenMask.Read(mask), "mask", tau: null));
        }

        if (CurationFiles.In(Corpus.Directory, CurationFiles.Weights) is { } weights)
        {
            decisions.AddRange(
                DocumentWeights.Read(weights).Select(one => new Decision(one.Key, CurationAction.Weight, "weight") { Weight = one.Value }));
        }

        return decisions;
    }
}
