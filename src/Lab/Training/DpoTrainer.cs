using System.Text.Json.Nodes;
using Tda.Lab.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;
using static TorchSharp.torch;

namespace Tda.Lab.Training;

/// <summary>
/// Teaches a lab model to prefer some answers to others (<see cref="DpoLoss"/>), without touching its training data: what curation is set
/// against. 1. the model, and what it finds of the answers as it is; 2. per step some pairs, loss, gradient, clip, AdamW; 3. write. A stopped
/// training begins anew: it takes seconds to minutes, as there is one pair a prompt at most.
/// </summary>
public static class DpoTrainer
{
    /// <summary>Trains and writes a lab model.</summary>
    /// <exception cref="UsageException">Options out of range, there is no pair, or the model exists already.</exception>
    /// <exception cref="BadInputException">The model to start from can't be used.</exception>
    /// <exception cref="DivergenceException">The loss is no longer a number.</exception>
    public static DpoResult Run(DpoOptions options, IReadOnlyList<PreferencePair> pairs, TimeProvider time, IProgressSink progress, CancellationToken cancellation)
    {
        options.Validate(pairs.Count);

        // 1.
        var basis = ArtifactDirectory.Open(options.BaseDirectory, LabTrainer.Format, LabTrainer.Version);
        using var artifact = ArtifactDirectory.Create(options.OutputDirectory, LabTrainer.Format, LabTrainer.Version, time, options.Replace);
        using var model = LabModel.Load(basis.Directory);
        var rows = DpoLoss.Rows(model, pairs);
        var reference = DpoLoss.Reference(model.Model, rows, cancellation);

        // 2.
        var loss = new DpoLoss(options.Beta);
        var steps = options.Epochs * ((pairs.Count + options.BatchPairs - 1) / options.BatchPairs);
        var schedule = new LearningRateSchedule(options.LearningRate, steps, WarmupFraction: .1, FinalFraction: .05);
        var training = new TrainingOptions { Optimizer = OptimizerKind.AdamW };
        using var optimizer = OptimizerFactory.Create(FlatWeights.Of(model.Model), training, options.BatchPairs);
        var random = SplitMix64.Of(options.Seed);
        var order = Enumerable.Range(0, pairs.Count).ToArray();
        var losses = new List<float>();
        using (var task = progress.Start("learning to prefer", steps, "steps"))
        {
            for (var epoch = 0; epoch < options.Epochs; epoch++)
            {
                random.Shuffle<int>(order);
                foreach (var batch in order.Chunk(options.BatchPairs))
                {
                    cancellation.ThrowIfCancellationRequested();
                    using IDisposable scope = NewDisposeScope();
                    var value = loss.Mean(model.Model, rows, reference, batch);
                    var gradient = FlatGradient.Of(value, model.Model);
                    var norm = FlatGradient.Clip(gradient, training.GradientClip);
                    var (nats, rate) = (value.to(ScalarType.Float64).item<double>(), schedule.At(losses.Count));
                    if (!double.IsFinite(nats) || !double.IsFinite(norm))
                    {
                        throw new DivergenceException(losses.Count, nats, norm, rate);
                    }

                    optimizer.Step(gradient, rate);
                    losses.Add((float)nats);
                    task.Report(losses.Count, string.Create(CultureInfo.InvariantCulture, $"loss {nats:F3}"));
                }
            }
        }

        // 3.
        model.Model.Save(artifact.WorkDirectory);
        File.Copy(basis.PathOf(LabModel.TokenizerFile), artifact.PathOf(LabModel.TokenizerFile));
        PreferencePairs.Write(artifact.PathOf(DpoResult.PairsFile), pairs);
        AtomicFile.WriteJson(artifact.PathOf(LabTrainer.TrainingFile), new { @base = Path.GetFileName(basis.Directory), pairs = pairs.Count, steps, losses });
        artifact.Manifest.Command = options.Command;
        artifact.Manifest.Options = JsonSerializer.SerializeToNode(
            new { preferences = new { options.Beta, options.LearningRate, options.Epochs, options.BatchPairs } }, JsonDefaults.Options)!.AsObject();
        artifact.Manifest.Inputs[$"base {Path.GetFileName(basis.Directory)}"] = basis.Manifest.Outputs[LabModel.WeightsFile];
        artifact.Manifest.Seeds["training"] = options.Seed;
        artifact.Manifest.Details = new JsonObject { ["pairs"] = pairs.Count };
        artifact.Commit();
        return new DpoResult(artifact.FinalDirectory, pairs.Count, steps, losses);
    }
}

/// <summary>What a model is taught to prefer, and how.</summary>
public sealed record DpoOptions
{
    /// <summary>The lab model to start from, which is the reference too.</summary>
    public required string BaseDirectory { get; init; }

    /// <summary>Where the model goes: <c>labs/name</c>.</summary>
    public required string OutputDirectory { get; init; }

    /// <summary>β: how dear it is to leave the reference, above 0. Default .1, as in the paper.</summary>
    public double Beta { get; init; } = .1;

    /// <summary>AdamW's peak learning rate, above 0. Default 2e-4, for about a million parameters.</summary>
    public double LearningRate { get; init; } = 2e-4;

    /// <summary>Passes over the pairs, at least 1. Default 3.</summary>
    public int Epochs { get; init; } = 3;

    /// <summary>Pairs a step, at least 1. Default 8.</summary>
    public int BatchPairs { get; init; } = 8;

    /// <summary>Seed of the pairs' order.</summary>
    public long Seed { get; init; }

    /// <summary>Whether a model of this name may be replaced. Default no.</summary>
    public bool Replace { get; init; }

    /// <summary>The command to note in the manifest.</summary>
    public string Command { get; init; } = "tda prove";

    internal void Validate(int pairs) => new OptionChecks()
        .Above("beta", Beta, 0)
        .Above("learning rate", LearningRate, 0)
        .AtLeast("epochs", Epochs, 1)
        .AtLeast("pairs a step", BatchPairs, 1)
        .Require(pairs > 0, $"there is no pair of answers to learn from")
        .Throw("The preference training's");
}

/// <summary>What a preference training left.</summary>
/// <param name="Directory">The model's directory.</param>
/// <param name="Pairs">Pairs learnt from.</param>
/// <param name="Steps">Steps taken.</param>
/// <param name="Losses">The mean loss of each step's pairs, before it; log 2 at first.</param>
public sealed record DpoResult(string Directory, int Pairs, int Steps, IReadOnlyList<float> Losses)
{
    /// <summary>The pairs, in the model's folder.</summary>
    public const string PairsFile = "preferences.jsonl";
}
