using System.Text.Json.Nodes;
using Tda.Lab.Models;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tokenization;
using Tda.ProxyTrainer.Training;

namespace Tda.Lab.Training;

/// <summary>
/// Trains the lab's closed model: 1. opens the corpus and what it starts from; 2. takes the base's tokenizer or trains one;
/// 3. takes the base's weights or fresh ones; 4. turns the documents into rows, with subset, weights and token mask; 5. trains,
/// leaving checkpoints to resume from; 6. writes the Hugging Face folder, <c>training.json</c> and the manifest.
/// </summary>
public static class LabTrainer
{
    /// <summary>Name of the artifact's format.</summary>
    public const string Format = "tda.lab_model";

    /// <summary>Newest version of the format.</summary>
    public const int Version = 1;

    private const string CheckpointFolder = "checkpoints";
    internal const string TrainingFile = "training.json";

    /// <summary>Trains and writes a model. Same corpus, base, options and seed on one thread: same weights, killed and resumed or not.</summary>
    /// <exception cref="UsageException">Options that make no sense, or the model exists already.</exception>
    /// <exception cref="BadInputException">Corpus, base, mask or weights can't be used; says which and why.</exception>
    /// <exception cref="OperationCanceledException">Stopped; the same call goes on from the last checkpoint.</exception>
    public static LabTrainResult Run(LabTrainOptions options, TimeProvider time, IProgressSink progress, CancellationToken cancellation)
    {
        options.Validate();

        // 1. Corpus, base, and the work directory: an unfinished one is gone on with only if it was started the same way.
        var corpus = Corpus.Open(options.CorpusDirectory);
        var basis = options.BaseDirectory is { } directory ? ArtifactDirectory.Open(directory, Format, Version) : null;
        using var artifact = Open(options, corpus, basis, time, progress);

        // 2. + 3.
        var tokenizer = TokenizerFor(artifact, corpus, basis, options, progress, cancellation);
        using var model = basis is not null ? LanguageModel.Load(basis.Directory)
            : LanguageModel.Create(
                options.LikeDirectory is { } like
                    ? ModelConfigFile.Read(Path.Combine(like, LabModel.ConfigFile))
                    : (options.Shape ?? new LabModelShape()).Config(tokenizer),
                options.Seed);

        // 4.
        var examples = LabExamples.Build(corpus, tokenizer, model.Config.MaxPositions, options, cancellation);

        // 5.
        var checkpoints = Path.Combine(artifact.WorkDirectory, CheckpointFolder);
        var training = options.Training with { Seed = options.Seed, CheckpointDirectory = checkpoints };
        var result = ResponseNetwork.Train(model, examples.Rows, training, artifact.WorkDirectory, progress, cancellation, time);

        // 6. Nothing unrolls a closed model's training, so its checkpoints have served their purpose.
        Directory.Delete(checkpoints, recursive: true);
        model.Save(artifact.WorkDirectory);
        var trained = new LabTrainResult(artifact.FinalDirectory, examples.Documents, examples.LabelTokens, examples.MaskedTokens, result);
        AtomicFile.WriteJson(artifact.PathOf(TrainingFile), new
        {
            corpus = corpus.Name,
            corpus_hash = corpus.ContentHash,
            @base = options.BaseDirectory is null ? null : Path.GetFileName(options.BaseDirectory),
            trained.Documents,
            trained.LabelTokens,
            trained.MaskedTokens,
            result.Steps,
            final_loss = result.FinalLoss,
            result.History.Losses,
            result.History.LearningRates,
            result.History.GradientNorms,
        });
        artifact.Manifest.Details["parameters"] = model.Config.ParameterCount;
        artifact.Manifest.Details["tokenizer"] = tokenizer.Hash;
        artifact.Manifest.Details["documents"] = trained.Documents;
        artifact.Manifest.Details["label_tokens"] = trained.LabelTokens;
        artifact.Manifest.Details["masked_tokens"] = trained.MaskedTokens;
        artifact.Commit();
        return trained;
    }

    private static ArtifactDirectory Open(LabTrainOptions options, Corpus corpus, OpenedArtifact? basis, TimeProvider time, IProgressSink progress)
    {
        var wanted = Describe(options);
        var inputs = new SortedDictionary<string, string>(StringComparer.Ordinal) { [$"corpus {corpus.Name}"] = corpus.ContentHash };
        if (basis is not null)
        {
            inputs[$"base {Path.GetFileName(basis.Directory)}"] = basis.Manifest.Outputs[LabModel.WeightsFile];
        }

        var like = options.LikeDirectory;
        (string, string?)[] files =
        [
            ("mask", options.MaskFile), ("weights", options.WeightsFile),
            ("like config", like is null ? null : Path.Combine(like, LabModel.ConfigFile)),
            ("like tokenizer", like is null ? null : Path.Combine(like, LabModel.TokenizerFile)),
        ];
        foreach (var (name, file) in files)
        {
            if (file is not null)
            {
                var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
                inputs[name] = File.Exists(file) ? Hashing.Sha256File(file)
                    : throw (Directory.Exists(folder) ? new BadInputException(file, "there is no such file") : MissingArtifact.At(folder));
                if (ArtifactReference.OfDirectory(folder) is { } owner)
                {
                    inputs[$"{owner}/{Path.GetFileName(file)}"] = inputs[name];
                }
            }
        }

        var artifact = ArtifactDirectory.Resume(options.OutputDirectory, Format, Version, time, options.Replace);
        if (artifact.Resumed && !(JsonNode.DeepEquals(artifact.Manifest.Options, wanted) && artifact.Manifest.Inputs.SequenceEqual(inputs)))
        {
            progress.Message($"{artifact.WorkDirectory} was started with other options or data: starting over.");
            artifact.Dispose();
            artifact = ArtifactDirectory.Create(options.OutputDirectory, Format, Version, time, options.Replace);
        }

        artifact.Manifest.Command = options.Command;
        artifact.Manifest.Options = wanted;
        artifact.Manifest.Inputs = inputs;
        artifact.Manifest.Seeds["training"] = options.Seed;
        artifact.SaveManifest();
        return artifact;
    }

    /// <summary>All that decides the weights, apart from the files, which stand among the inputs by hash.</summary>
    private static JsonObject Describe(LabTrainOptions options) => JsonSerializer.SerializeToNode(
        new
        {
            shape = options.BaseDirectory is null && options.LikeDirectory is null ? options.Shape ?? new LabModelShape() : null,
            training = options.Training with { Seed = options.Seed, CheckpointDirectory = null, CheckpointEvery = 0 },
            penalty = options.MaskFile is null || options.Training.Response is not null ? (double?)null : options.Penalty,
            only = options.Only?.Order(StringComparer.Ordinal),
            dropped = options.Dropped.Count == 0 ? null : options.Dropped.Order(StringComparer.Ordinal),
        },
        JsonDefaults.Options)!.AsObject();

    private static ITokenizer TokenizerFor(
        ArtifactDirectory artifact, Corpus corpus, OpenedArtifact? basis, LabTrainOptions options, IProgressSink progress,
        CancellationToken cancellation)
    {
        var path = artifact.PathOf(LabModel.TokenizerFile);
        if (basis is not null || options.LikeDirectory is not null)
        {
            File.Copy(
                basis?.PathOf(LabModel.TokenizerFile) ?? Path.Combine(options.LikeDirectory!, LabModel.TokenizerFile), path,
                overwrite: true);
        }
        else if (!File.Exists(path))
        {
            // On all documents, whatever the subset: models retrained without some of them keep comparable tokens.
            var texts = corpus.Documents().Select(d => d.Text);
            BpeTrainer.Train(texts, (options.Shape ?? new LabModelShape()).Tokenizer, progress, cancellation).Save(path);
        }

        return ModelTokenizer.Load(path);
    }
}

/// <summary>What a training left.</summary>
/// <param name="Directory">The model's directory.</param>
/// <param name="Documents">Documents trained on.</param>
/// <param name="LabelTokens">Their tokens with loss, masked ones included, counted once.</param>
/// <param name="MaskedTokens">Of these, the suppressed ones.</param>
/// <param name="Training">Losses, learning rates, speed.</param>
public sealed record LabTrainResult(string Directory, int Documents, long LabelTokens, long MaskedTokens, TrainingResult Training);
