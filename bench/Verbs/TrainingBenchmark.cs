using System.Text.Json.Nodes;
using Tda.Bench.Running;
using Tda.Core.Arrays;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;
using TorchSharp;

namespace Tda.Bench.Verbs;

/// <summary>
/// Our trainer against the same models in PyTorch on the same LibTorch: the same weights, batches, schedule, clipping and
/// optimiser; the losses of both are compared, step by step, before their times are.
/// </summary>
internal sealed class TrainingBenchmark : IBenchmark
{
    private const double LossTolerance = 1e-4;

    public string Name => "training";

    public string Description => "Training tokens/s against plain PyTorch, gpt2 and llama shapes, AdamW and Muon; one gradient shard against two.";

    public async IAsyncEnumerable<CaseResult> RunAsync(BenchOptions options)
    {
        foreach ((var name, var config) in Shapes.All)
        {
            foreach (var optimizer in (OptimizerKind[])[OptimizerKind.AdamW, OptimizerKind.Muon])
            {
                if (options.Wants($"{name}, {optimizer}"))
                {
                    yield return await AgainstPyTorchAsync(name, config, optimizer, options).ConfigureAwait(false);
                }
            }

            if (options.Wants($"{name}, gradient shards"))
            {
                yield return await ShardsAsync(name, config, options).ConfigureAwait(false);
            }
        }
    }

    private static TrainingOptions Options(OptimizerKind optimizer, int shards = 1) =>
        new() { Optimizer = optimizer, Epochs = 1, BatchTokens = 1_024, GradientShards = shards };

    private static async Task<CaseResult> AgainstPyTorchAsync(string name, ModelConfig config, OptimizerKind optimizer, BenchOptions options)
    {
        var steps = options.Quick ? 3 : 5;
        var directory = Directory.CreateDirectory(Path.Combine(options.Scratch, $"{name}-{optimizer}")).FullName;
        var training = Options(optimizer);
        var examples = Shapes.Examples(config, steps * training.BatchTokens / Shapes.Context);
        using var model = LanguageModel.Create(config, seed: 1);
        model.Save(directory);
        var batches = WriteBatches(directory, examples, training);

        TrainingHistory? first = null;
        var ours = new LocalContender("tda", () =>
        {
            var history = Trainer.Run(model, examples, training).History;
            first ??= history;
        });
        object With(string attention) => PyTorchOptions(config, training, directory, batches, attention);
        var pytorch = await PythonContender.StartAsync("pytorch", "train.py", With("add")).ConfigureAwait(false);
        var tuned = await PythonContender.StartAsync("pytorch, baddbmm attention", "train.py", With("baddbmm")).ConfigureAwait(false);

        var rounds = await Rounds.RunAsync(options.Rounds, ours, pytorch, tuned).ConfigureAwait(false);
        var difference = Math.Max(Difference(first!, pytorch), Difference(first!, tuned));
        if (!(difference <= LossTolerance))
        {
            throw new TdaException(string.Create(CultureInfo.InvariantCulture, $"{name}, {optimizer}: losses differ by {difference:G3}: not the same computation"));
        }

        return CaseResult.Of(
            $"{name}, {optimizer}", steps * training.BatchTokens, "tokens", rounds, ("pytorch", "tda"), (tuned.Name, "tda")) with
        {
            Checks = new Dictionary<string, double> { ["largest_loss_difference"] = difference, ["first_loss"] = first!.Losses[0], ["last_loss"] = first.Losses[^1] },
        };
    }

    private static async Task<CaseResult> ShardsAsync(string name, ModelConfig config, BenchOptions options)
    {
        var steps = options.Quick ? 3 : 5;
        var examples = Shapes.Examples(config, steps * 1_024 / Shapes.Context);
        using var model = LanguageModel.Create(config, seed: 1);
        LocalContender With(int shards) => new($"{shards} shard{(shards > 1 ? "s" : "")}", () => Trainer.Run(model, examples, Options(OptimizerKind.Muon, shards)));
        var rounds = await Rounds.RunAsync(options.Rounds, With(1), With(2)).ConfigureAwait(false);
        return CaseResult.Of($"{name}, gradient shards", steps * 1_024, "tokens", rounds, ("1 shard", "2 shards"));
    }

    private static string WriteBatches(string directory, TrainingExample[] examples, TrainingOptions training)
    {
        var plan = Trainer.Plan(examples, training);
        long[] tokens = [.. plan.SelectMany(rows => rows).SelectMany(row => examples[row].Tokens).Select(token => (long)token)];
        var path = Path.Combine(directory, "batches.npy");
        NpyFile.Write(path, tokens, plan.Count, plan[0].Length, Shapes.Context + 1);
        return path;
    }

    private static object PyTorchOptions(ModelConfig config, TrainingOptions o, string directory, string batches, string attention) => new
    {
        config = PythonModel.Of(config),
        weights = Path.Combine(directory, "model.safetensors"),
        batches,
        attention,
        threads = torch.get_num_threads(),
        muon = o.Optimizer == OptimizerKind.Muon,
        lr = o.LearningRate,
        muon_lr = o.MuonLearningRate,
        momentum = o.MuonMomentum,
        beta1 = o.Beta1,
        beta2 = o.Beta2,
        epsilon = o.Epsilon,
        weight_decay = o.WeightDecay,
        clip = o.GradientClip,
        warmup = o.WarmupFraction,
        final = o.FinalLearningRateFraction,
    };

    private static double Difference(TrainingHistory ours, PythonContender theirs) =>
        theirs.First!["losses"]!.AsArray().Select((JsonNode? loss, int step) => Math.Abs(loss!.GetValue<double>() - ours.Losses[step])).Max();
}
