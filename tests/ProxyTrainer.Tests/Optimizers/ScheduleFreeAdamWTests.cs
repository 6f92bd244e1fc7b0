using Tda.ProxyTrainer.Checkpoints;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Tests.Models;
using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Tests.Optimizers;

public sealed class ScheduleFreeAdamWTests
{
    [Fact]
    public void Step_AgainstScalarLoop_IsAtYForTheGradientAndAtXOtherwise()
    {
        const double Beta1 = 0.9, Beta2 = 0.95, Epsilon = 1e-8, Decay = 0.1, Power = 0.75;
        using var made = new OptimizerCase();
        using var optimizer = new ScheduleFreeAdamW(made.Weights, Beta1, Beta2, Epsilon, Decay, Power);
        var x = made.Numbers;
        double[] z = [.. x], v = new double[x.Length];
        double sum = 0, highest = 0;
        for (var k = 0; k < 6; k++)
        {
            var rate = k < 3 ? 0.01 * (k + 1) : 0.02; // a rate that falls again: η_max stays
            double[] y = [.. x.Zip(z, (one, other) => (Beta1 * one) + ((1 - Beta1) * other))];
            optimizer.Prepare();
            TinyModels.AssertClose(y, TinyModels.Values(made.Weights.Flat), OptimizerCase.Tolerance);

            var g = made.Gradient();
            optimizer.Step(OptimizerCase.Flat(g), rate);
            highest = Math.Max(highest, rate);
            var weight = Math.Pow(k + 1, Power) * highest * highest;
            sum += weight;
            for (var i = 0; i < x.Length; i++)
            {
                v[i] = (Beta2 * v[i]) + ((1 - Beta2) * g[i] * g[i]);
                z[i] -= rate * (i < made.Weights.MatrixCount ? Decay : 0) * y[i];
                z[i] -= rate * g[i] / (Math.Sqrt(v[i] / (1 - Math.Pow(Beta2, k + 1))) + Epsilon);
                x[i] = ((1 - (weight / sum)) * x[i]) + (weight / sum * z[i]);
            }

            made.AssertSame();
        }
    }

    [Fact]
    public void Run_ScheduleFree_SavesXInCheckpointsAndLeavesItInTheModel()
    {
        var directory = Directory.CreateTempSubdirectory("tda-schedule-free-").FullName;
        try
        {
            using var model = LanguageModel.Create(TinyModels.Config(ModelFamily.Llama), 1);
            TrainingExample[] examples = [.. Enumerable.Range(0, 12).Select(i => new TrainingExample([1, 3 + (i % 4), 4, 5], [0, 1, 1, 1]))];
            Trainer.Run(model, examples, new TrainingOptions
            {
                Optimizer = OptimizerKind.ScheduleFree,
                Epochs = 3,
                BatchTokens = 16,
                CheckpointDirectory = directory,
            });
            var last = Checkpoint.List(directory)[^1];
            using var saved = LanguageModel.Load(last.Directory);
            Assert.Equal(TinyModels.Values(model.Flat), TinyModels.Values(saved.Flat));

            // z, saved beside it, is somewhere else: had the model been left at y, it would be on the way there.
            using var z = TorchSharp.torch.zeros_like(model.Flat);
            last.ReadState(model, new Dictionary<string, TorchSharp.torch.Tensor> { ["z"] = z });
            Assert.Contains(TinyModels.Values(z).Zip(TinyModels.Values(saved.Flat)), pair => Math.Abs(pair.First - pair.Second) > 1e-4);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void Validate_ScheduleFreeWithASchedule_IsRefused()
    {
        new TrainingOptions { Optimizer = OptimizerKind.ScheduleFree }.Validate();
        var error = Assert.Throws<UsageException>(() =>
            new TrainingOptions { Optimizer = OptimizerKind.ScheduleFree, FinalLearningRateFraction = 0.05 }.Validate());
        Assert.Contains("Schedule-Free", error.Message);
    }
}
