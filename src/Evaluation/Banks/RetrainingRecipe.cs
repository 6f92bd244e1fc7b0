using System.Text.Json.Nodes;
using Tda.Lab.Models;
using Tda.Lab.Training;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tokenization;
using Tda.ProxyTrainer.Training;

namespace Tda.Evaluation.Banks;

/// <summary>What a bank's retrainings share: all but documents and seed.</summary>
/// <param name="Directory">The model that they repeat.</param>
/// <param name="Config">Its shape.</param>
/// <param name="Tokenizer">Its tokenizer, learned before: a tokenizer of each subset's own would make losses incomparable.</param>
/// <param name="Shape">The shape as the bank's manifest has it.</param>
/// <param name="Training">How it was trained, without seed and checkpoints.</param>
internal sealed record RetrainingRecipe(string Directory, ModelConfig Config, ITokenizer Tokenizer, JsonNode? Shape, TrainingOptions Training)
{
    private const string ConfigFile = "config.json";

    /// <summary>Of a lab model.</summary>
    /// <exception cref="UsageException">It has a base, or learnt with a mask or weights.</exception>
    /// <exception cref="BadInputException">It is damaged, or was trained on another corpus.</exception>
    public static RetrainingRecipe OfLab(string directory, Corpus corpus)
    {
        var lab = ArtifactDirectory.Open(directory, LabTrainer.Format, LabTrainer.Version);
        var recipe = LabRecipe.Of(lab.Directory);
        if (recipe.BaseDirectory is not null)
        {
            throw new UsageException(
                $"{lab.Directory} was fine-tuned from a base; a bank retrains from fresh weights. Train a lab model without --base.");
        }

        if (!recipe.Whole)
        {
            throw new UsageException($"{lab.Directory} was trained with a mask or weights; a bank's documents all count alike.");
        }

        RequireCorpus(lab.Directory, (recipe.Corpus, recipe.CorpusHash), corpus);
        return new(
            lab.Directory, ModelConfigFile.Read(lab.PathOf(ConfigFile)), ModelTokenizer.Load(lab.PathOf(LabModel.TokenizerFile)),
            lab.Manifest.Options["shape"], recipe.Training);
    }

    /// <summary>Of a surrogate; of an ensemble the first member's.</summary>
    /// <exception cref="UsageException">It was imported, has a base, or learnt with a mask.</exception>
    /// <exception cref="BadInputException">It is damaged, or was distilled from another corpus.</exception>
    public static RetrainingRecipe OfSurrogate(string directory, Corpus corpus)
    {
        var surrogate = Surrogate.Open(directory);
        if (!surrogate.IsDistilled || surrogate.Manifest.InputOf(ArtifactKind.Surrogate) is not null)
        {
            throw new UsageException(
                $"{surrogate.Directory} {(surrogate.IsDistilled ? "was distilled from a base" : "was trained elsewhere")}; a bank retrains from fresh "
                + "weights. Take a surrogate that was distilled without --base.");
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
        return new(surrogate.Directory, config, surrogate.Tokenizer, JsonSerializer.SerializeToNode(config, JsonDefaults.Options), training);
    }

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
