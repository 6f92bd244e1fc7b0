using System.Text.Json.Nodes;
using Tda.Lab.Models;
using Tda.Lab.Training;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Distillation.Repetition;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tokenization;
using Tda.ProxyTrainer.Training;

namespace Tda.Evaluation.Banks;

/// <summary>What a bank's retrainings share: all but documents and seed, which moves the order alone where there is a base.</summary>
/// <param name="Directory">The model that they repeat.</param>
/// <param name="Config">Its shape.</param>
/// <param name="Tokenizer">Its tokenizer, learned before: a tokenizer of each subset's own would make losses incomparable.</param>
/// <param name="Shape">The shape as the bank's manifest has it.</param>
/// <param name="Training">How it was trained, without seed and checkpoints.</param>
internal sealed record RetrainingRecipe(string Directory, ModelConfig Config, ITokenizer Tokenizer, JsonNode? Shape, TrainingOptions Training)
{
    private const string ConfigFile = "config.json";
    private Func<LanguageModel>? _load;

    /// <summary>What the model started from; null: fresh weights.</summary>
    public RetrainingBase? Base { get; private init; }

    /// <summary>The weights that a retraining begins with; the caller disposes of the model.</summary>
    public LanguageModel Start(long seed) => _load?.Invoke() ?? LanguageModel.Create(Config, seed);

    /// <summary>Of a lab model.</summary>
    /// <exception cref="UsageException">It learnt with a mask or weights, or its base learnt some of the documents.</exception>
    /// <exception cref="BadInputException">It is damaged, was trained on another corpus, or its base or what that learnt is gone or changed.</exception>
    public static RetrainingRecipe OfLab(string directory, Corpus corpus)
    {
        var lab = ArtifactDirectory.Open(directory, LabTrainer.Format, LabTrainer.Version);
        var recipe = LabRecipe.Of(lab.Directory);
        if (!recipe.Whole)
        {
            throw new UsageException($"{lab.Directory} was trained with a mask or weights; a bank's documents all count alike.");
        }

        RequireCorpus(lab.Directory, (recipe.Corpus, recipe.CorpusHash), corpus);
        var config = ModelConfigFile.Read(lab.PathOf(ConfigFile));
        return new(
            lab.Directory, config, ModelTokenizer.Load(lab.PathOf(LabModel.TokenizerFile)),
            recipe.BaseDirectory is null ? lab.Manifest.Options["shape"] : Described(config), recipe.Training)
        {
            _load = recipe.BaseDirectory is { } from ? () => LanguageModel.Load(from) : null,
            Base = recipe.BaseDirectory is { } basis ? RetrainingBase.Open(basis, lab.Manifest.InputOf(ArtifactKind.Lab)!.Value.Hash, corpus) : null,
        };
    }

    /// <summary>Of a surrogate; of an ensemble the first member's.</summary>
    /// <exception cref="UsageException">It was imported, is one of adapters, learnt with a mask, or its base learnt some of the documents.</exception>
    /// <exception cref="BadInputException">It is damaged, was distilled from another corpus, or its base or what that learnt is gone or changed.</exception>
    public static RetrainingRecipe OfSurrogate(string directory, Corpus corpus)
    {
        var surrogate = Surrogate.Open(directory);
        if (!surrogate.IsDistilled)
        {
            throw new UsageException($"{surrogate.Directory} was trained elsewhere, nobody knows how. Take a surrogate that tda distill made; it may have this one for its --base.");
        }

        if (surrogate.TrainedAdapters)
        {
            throw new UsageException($"{surrogate.Directory} was distilled with --lora-rank; a bank retrains all weights. Take a surrogate that was distilled without adapters.");
        }

        if (surrogate.Manifest.Inputs.ContainsKey("mask"))
        {
            throw new UsageException($"{surrogate.Directory} was distilled with a mask; a bank's documents all count alike.");
        }

        if (surrogate.Manifest.InputOf(ArtifactKind.Corpus) is { } own)
        {
            RequireCorpus(surrogate.Directory, own, corpus);
        }

        var config = ModelConfigFile.Read(Path.Combine(surrogate.Directory, ConfigFile));
        var training = surrogate.Training().Options with { Seed = 0, CheckpointDirectory = null, CheckpointEvery = 0 };
        var basis = RepeatableTraining.BaseOf(surrogate);
        return new(surrogate.Directory, config, surrogate.Tokenizer, Described(config), training)
        {
            _load = basis is null ? null : basis.Load,
            Base = basis is null ? null : RetrainingBase.Open(basis.Directory, basis.Hash, corpus),
        };
    }

    private static JsonNode? Described(ModelConfig config) => JsonSerializer.SerializeToNode(config, JsonDefaults.Options);

    private static void RequireCorpus(string directory, (string Name, string Hash) own, Corpus corpus)
    {
        if (own != (corpus.Name, corpus.ContentHash))
        {
            throw new BadInputException(
                Path.Combine(directory, Manifest.FileName), $"the model was not trained on corpus '{corpus.Name}' as it is now",
                remedy: "Give the corpus that it was trained on.");
        }
    }
}
