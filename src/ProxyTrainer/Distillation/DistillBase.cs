using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Models.Adapters;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Tokenization;
using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Distillation;

/// <summary>The surrogate that a distillation starts from, imported or distilled: its weights, tokenizer and shape; of an ensemble, the first member's.</summary>
public sealed class DistillBase
{
    private readonly Surrogate _surrogate;

    private DistillBase(Surrogate surrogate, ModelConfig config)
    {
        (_surrogate, Config) = (surrogate, config);
        Hash = Hashing.Sha256File(Path.Combine(surrogate.Directory, Manifest.FileName));
        Name = $"{ArtifactReference.OfDirectory(surrogate.Directory) ?? new ArtifactReference(ArtifactKind.Surrogate, Path.GetFileName(surrogate.Directory))}";
    }

    /// <summary>As artifacts name it: <c>surrogates/smol</c>.</summary>
    public string Name { get; }

    /// <summary>SHA-256 of its manifest, which vouches for all its files.</summary>
    public string Hash { get; }

    /// <summary>Its shape, with the positions that were asked for. The embedding may have more rows than the tokenizer has tokens.</summary>
    public ModelConfig Config { get; }

    /// <summary>Its tokenizer, which what starts from it keeps.</summary>
    public ModelTokenizer Tokenizer => _surrogate.Tokenizer;

    /// <summary>Its directory.</summary>
    public string Directory => _surrogate.Directory;

    /// <param name="directory">The surrogate's.</param>
    /// <param name="context">Longest row in tokens, no more than it has positions; null: all of them.</param>
    /// <exception cref="BadInputException">It is missing, damaged, or its tokenizer doesn't fit its weights.</exception>
    /// <exception cref="UsageException">The context can't be had.</exception>
    public static DistillBase Open(string directory, int? context = null)
    {
        var surrogate = Surrogate.Open(directory);
        var config = ModelConfigFile.Read(Path.Combine(surrogate.Directory, ModelFiles.Config));
        Surrogate.RequireFit(Path.Combine(surrogate.Directory, Surrogate.TokenizerName), surrogate.Tokenizer, config);
        return new(surrogate, context is { } tokens ? Surrogate.WithContext(config, tokens) : config);
    }

    /// <summary>
    /// How to go on training what is trained already. AdamW: Muon's steps have one length whatever the gradient's, calibrated for fresh
    /// weights, and would undo these. The peak rate falls with the width, as a matrix's does in µP (Yang et al. 2022, 2203.03466, table 3), and
    /// is at the widths of SmolLM-135M (576) and Pythia-160M (768) the 5e-5 and 4e-5 that such models are commonly fine-tuned with.
    /// </summary>
    public static TrainingOptions FineTuning(TrainingOptions training, ModelConfig config) =>
        training with { Optimizer = OptimizerKind.AdamW, LearningRate = 0.0288 / config.HiddenSize };

    /// <summary>The same of adapters: B begins at zero and moves the weights by its product with A alone, so it takes ten times the rate.</summary>
    public static TrainingOptions AdapterTuning(TrainingOptions training, ModelConfig config)
    {
        var all = FineTuning(training, config);
        return all with { LearningRate = 10 * all.LearningRate };
    }

    /// <summary>Its model under <see cref="Config"/>; the caller disposes of it.</summary>
    public LanguageModel Load() => LanguageModel.Load(_surrogate.Directory, Config);

    /// <summary>
    /// Gives a folder the base's weights without taking their room again: second names for its files, which outlive it. A base with
    /// adapters of its own is written with those in its weights.
    /// </summary>
    /// <exception cref="IOException">A file can be neither linked nor copied.</exception>
    internal void ShareWeights(string folder)
    {
        if (AdapterFolder.Of(Directory) is not null)
        {
            using var merged = LanguageModel.Load(_surrogate.Directory, Config, CPU, ScalarType.Float32); // as exact as the files
            merged.Save(folder);
            return;
        }

        foreach (var name in ModelFiles.WeightFiles(Directory).Append(ModelFiles.Index).Where(name => File.Exists(Path.Combine(Directory, name))))
        {
            HardLink.Create(Path.Combine(Directory, name), Path.Combine(folder, name));
        }

        SurrogateImporter.WriteConfig(Directory, Path.Combine(folder, ModelFiles.Config), Config.MaxPositions);
    }

    /// <summary>Copies its tokenizer with all that stands beside it (a chat template, special tokens) into a model folder.</summary>
    internal void CopyTokenizer(string folder)
    {
        foreach (var name in Surrogate.TokenizerFiles.Append(Surrogate.TokenizerName))
        {
            var (from, to) = (Path.Combine(_surrogate.Directory, name), Path.Combine(folder, name));
            if (File.Exists(from))
            {
                File.Copy(from, to, overwrite: true);
            }
        }
    }
}
