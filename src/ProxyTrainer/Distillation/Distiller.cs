using System.Text.Json.Nodes;
using Tda.ProxyTrainer.Distillation.Repetition;
using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Models.Adapters;
using Tda.ProxyTrainer.Tokenization;
using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Distillation;

/// <summary>
/// Distils a surrogate of the closed model from what can be seen of it: 1. hold out exchanges by the hash of their
/// prompt; 2. take the tokenizer that is given, or the base's, or train one; 3. turn documents and answers into examples; 4. train each member of the
/// ensemble; 5. measure its fidelity on the held-out answers; 6. commit the folder. Killed, it goes on where it was.
/// </summary>
public static class Distiller
{
    /// <param name="corpus">The candidate documents; null distils from answers alone.</param>
    /// <param name="responses">The closed model's logged answers; may be empty where there is a corpus.</param>
    /// <param name="directory">Where the surrogate goes.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Tokenizer, training, losses.</param>
    /// <param name="cancellationToken">Stops cleanly; the same call goes on later.</param>
    /// <param name="time">Clock for manifests.</param>
    /// <exception cref="UsageException">Options out of range, nothing to train on, or the surrogate exists.</exception>
    public static DistillResult Run(
        Corpus? corpus,
        IReadOnlyList<LoggedResponse> responses,
        string directory,
        DistillOptions options,
        IProgressSink? progress = null,
        CancellationToken cancellationToken = default,
        TimeProvider? time = null)
    {
        options.Validate();
        progress ??= NullProgress.Instance;
        time ??= TimeProvider.System;
        if (corpus is null && (responses.Count == 0 || options.HeldOutFraction == 1))
        {
            throw new UsageException(responses.Count == 0
                ? "There is nothing to distil from: no corpus and no exchange with a response."
                : "There is nothing to distil from: no corpus, and every answer is held out. Lower the held-out share.");
        }

        if (options.Base is { } basis && Path.GetFullPath(directory) == basis.Directory)
        {
            throw new UsageException($"{basis.Name} can't replace itself, since it is the base: choose another name.");
        }

        var responsesHash = LoggedResponse.Hash(responses);
        using var artifact = Start(corpus, responses.Count, responsesHash, directory, options, time);
        if (options is { Base: not null, Ensemble: > 1 })
        {
            progress.Message("All members start from the base's weights: they differ in the order of what they learn from"
                + $"{(options.Lora is null ? "" : " and in their adapters' first numbers")}, in nothing else.");
        }

        // 1. The same prompt is always on the same side.
        var (kept, heldOut) = DistillExamples.Split(responses, options.HeldOutFraction);

        // 2. Where the closed model's tokenizer is unknown, one is trained; a resumed run finds its own again.
        var tokenizer = options.Base?.Tokenizer ?? options.Tokenizer?.Tokenizer ?? Tokenizer(artifact, corpus, kept, options, progress, cancellationToken);
        (kept, heldOut) = (DistillExamples.Rendered(kept, tokenizer, progress), DistillExamples.Rendered(heldOut, tokenizer, progress));

        // 3. Where documents exist, train on both: answers alone are fewer and less diverse.
        var config = options.Base?.Config ?? options.Model with
        {
            VocabularySize = tokenizer.VocabularySize,
            BosId = tokenizer.BosId,
            EosId = tokenizer.EosId,
            PadId = tokenizer.PadId,
        };
        var examples = DistillExamples.Of(corpus, kept, tokenizer, config, options);

        var (runs, trained) = (new List<TrainingResult>(), 0L);
        var fidelity = new List<FidelityResult>();
        for (var member = 0; member < options.Ensemble; member++)
        {
            // 4. Members differ in order, and in their first weights where there is no base.
            var folder = Path.Combine(artifact.WorkDirectory, Surrogate.MemberFolder(member));
            Directory.CreateDirectory(folder);
            var seed = options.Seed + member;
            var training = options.Training with
            {
                Seed = seed,
                CheckpointDirectory = Surrogate.CheckpointFolder(folder),
                CheckpointEvery = CheckpointEvery(examples, options, seed),
            };
            LanguageModel Untrained() => options.Base?.Load() ?? LanguageModel.Create(config, seed);
            using var model = Untrained();
            if (options.Lora is { } lora)
            {
                // Before anything is trained: checkpoints of adapters are read with the base that stands above them.
                options.Base!.ShareWeights(folder);
                model.Attach(lora with { BaseModel = options.Base.Name }, seed);
            }

            var run = ResponseNetwork.Train(model, examples, training, folder, progress, cancellationToken, time);
            model.Save(options.Lora is null ? folder : Directory.CreateDirectory(Path.Combine(folder, AdapterFolder.Inside)).FullName);
            trained = model.Flat.numel();
            SaveTokenizer(folder, tokenizer, config, options.Base);

            // 5. Answers that nothing was trained on.
            var measured = heldOut.Length == 0 ? null : Fidelity.Measure(model, tokenizer, heldOut, examples, Untrained, cancellationToken);
            AtomicFile.WriteJson(Path.Combine(folder, Surrogate.TrainingFile), new TrainingReport
            {
                Base = options.Base?.Name,
                BaseHash = options.Base?.Hash,
                CorpusHash = corpus?.ContentHash,
                ResponsesHash = responsesHash,
                Window = options.Window,
                HeldOutFraction = options.HeldOutFraction,
                TokenizerHash = tokenizer.Hash,
                Documents = corpus?.Count ?? 0,
                Responses = kept.Length,
                HeldOut = heldOut.Length,
                Examples = examples.Count,
                Parameters = config.ParameterCount,
                Adapters = model.Adapters,
                TrainedParameters = trained,
                Seed = seed,
                Options = training with { CheckpointDirectory = "checkpoints" },
                Logprobs = options.DistilWeight == 0 ? null : new LogprobReport(
                    kept.Count(response => response.Tokens is not null), options.DistilWeight, options.DistilTemperature),
                FinalLoss = run.FinalLoss,
                History = run.History,
                Fidelity = measured,
            });
            runs.Add(run);
            fidelity.AddRange(measured is null ? [] : [measured]);
        }

        // 6. Complete and durable from here on. No method unrolls a training over λ, so its checkpoints have served their purpose.
        if (options.Training.Response is { } range)
        {
            artifact.Manifest.Details[ResponseNetwork.Detail] = range.ToString();
            for (var member = 0; member < options.Ensemble; member++)
            {
                Directory.Delete(Surrogate.CheckpointFolder(Path.Combine(artifact.WorkDirectory, Surrogate.MemberFolder(member))), recursive: true);
            }
        }

        artifact.Manifest.Details["tokenizer_hash"] = tokenizer.Hash;
        artifact.Manifest.Details["parameters"] = config.ParameterCount;
        if (options.Lora is not null)
        {
            artifact.Manifest.Details["adapter_parameters"] = trained;
        }

        artifact.Manifest.Details["members"] = options.Ensemble;
        artifact.Commit();
        return new DistillResult(
            artifact.FinalDirectory, options.Base?.Name, corpus?.Count ?? 0, kept.Length, heldOut.Length, config.ParameterCount, trained, runs, fidelity)
        {
            WithLogprobs = options.DistilWeight == 0 ? 0 : kept.Count(response => response.Tokens is not null),
        };
    }

    /// <summary>Goes on with unfinished work if it was of the same data and options; else starts anew.</summary>
    private static ArtifactDirectory Start(
        Corpus? corpus, int responses, string responsesHash, string directory, DistillOptions options, TimeProvider time)
    {
        var asked = JsonSerializer.SerializeToNode(options with { Replace = false }, JsonDefaults.Options)!.AsObject();
        asked["numbers"] = ComputePlace.Current.NumbersName;
        var inputs = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (responses > 0)
        {
            inputs["exchanges"] = responsesHash;
        }

        if (options.Base is { } from)
        {
            inputs[from.Name] = from.Hash;
        }

        if (options.Tokenizer is { } tokenizer)
        {
            inputs["tokenizer " + Path.GetFileName(tokenizer.Name)] = tokenizer.Hash;
        }

        if (corpus is not null)
        {
            inputs["corpus " + corpus.Name] = corpus.ContentHash;
        }

        if (options.MaskFile is { } mask)
        {
            inputs["mask"] = Hashing.Sha256File(mask);
        }

        var artifact = ArtifactDirectory.Resume(directory, Surrogate.Format, Surrogate.Version, time, options.Replace);
        if (artifact.Resumed && JsonNode.DeepEquals(artifact.Manifest.Options, asked) && artifact.Manifest.Inputs.SequenceEqual(inputs))
        {
            return artifact;
        }

        artifact.Dispose();
        artifact = ArtifactDirectory.Create(directory, Surrogate.Format, Surrogate.Version, time, options.Replace);
        artifact.Manifest.Command = "tda distill";
        artifact.Manifest.Options = asked;
        artifact.Manifest.Inputs = inputs;
        artifact.Manifest.Seeds["distill"] = options.Seed;
        artifact.SaveManifest();
        return artifact;
    }

    private static ModelTokenizer Tokenizer(
        ArtifactDirectory artifact, Corpus? corpus, LoggedResponse[] kept, DistillOptions options, IProgressSink progress, CancellationToken cancellationToken)
    {
        var path = artifact.PathOf(Surrogate.TokenizerName);
        if (!File.Exists(path))
        {
            var documents = corpus?.Documents().Select(document => document.Text) ?? [];
            var texts = documents.Concat(kept.SelectMany(response => (string[])[response.Prompt, response.Response]));
            BpeTrainer.Train(texts, new BpeOptions { VocabularySize = options.VocabularySize }, progress, cancellationToken).Save(path);
        }

        return ModelTokenizer.Load(path);
    }

    private static void SaveTokenizer(string folder, ModelTokenizer tokenizer, ModelConfig config, DistillBase? from)
    {
        from?.CopyTokenizer(folder);
        if (from is null)
        {
            tokenizer.Save(Path.Combine(folder, Surrogate.TokenizerName));
        }

        if (!File.Exists(Path.Combine(folder, TokenizerConfigFile.Name)))
        {
            TokenizerConfigFile.Write(Path.Combine(folder, TokenizerConfigFile.Name), tokenizer, config.MaxPositions);
        }
    }

    private static int CheckpointEvery(List<TrainingExample> examples, DistillOptions options, long seed)
    {
        var steps = Trainer.Plan(examples, options.Training with { Seed = seed }).Count;
        return Math.Max(1, (Math.Min(steps, options.Training.MaxSteps ?? steps) + options.Checkpoints - 1) / options.Checkpoints);
    }
}

/// <summary>What came of a distillation.</summary>
/// <param name="Directory">The surrogate's folder.</param>
/// <param name="Base">The surrogate that it started from; null: fresh weights.</param>
/// <param name="Documents">Documents trained on.</param>
/// <param name="Responses">Answers trained on.</param>
/// <param name="HeldOut">Answers measured.</param>
/// <param name="Parameters">Of one surrogate.</param>
/// <param name="TrainedParameters">How many numbers were trained: all of those, or its adapters'.</param>
/// <param name="Runs">A training run for each member of the ensemble.</param>
/// <param name="Fidelity">Of each member; empty when nothing was held out.</param>
public sealed record DistillResult(
    string Directory, string? Base, int Documents, int Responses, int HeldOut, long Parameters, long TrainedParameters, IReadOnlyList<TrainingResult> Runs, IReadOnlyList<FidelityResult> Fidelity)
{
    /// <summary>Those of <see cref="Responses"/> whose log-probabilities were learned too.</summary>
    public int WithLogprobs { get; init; }
}
