using Tda.ProxyTrainer.Checkpoints;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Tests.Models;
using Tda.ProxyTrainer.Training;
using TorchSharp;

namespace Tda.ProxyTrainer.Tests.Training;

public sealed class TrainerTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("tda-trainer-").FullName;
    private readonly TrainingOptions _options = new() { LearningRate = 0.01, Epochs = 4, BatchTokens = 60, Seed = 5, WarmupFraction = 0.2 };

    public TrainerTests() => torch.set_num_threads(1);

    public static TheoryData<OptimizerKind> Optimizers => [.. Enum.GetValues<OptimizerKind>()];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void Run_RepetitiveText_LearnsIt(OptimizerKind optimizer)
    {
        using var model = Fresh();
        var result = Trainer.Run(model, Examples(), _options with { Epochs = 25, Optimizer = optimizer });
        Assert.True(result.History.Losses[0] > 2.5, $"starts at {result.History.Losses[0]}");
        Assert.True(result.FinalLoss < 0.5, $"ends at {result.FinalLoss}");
    }

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void Run_KilledAndResumed_HasTheSameCurveAndWeights(OptimizerKind optimizer)
    {
        var options = _options with { Optimizer = optimizer };
        using var whole = Fresh();
        var uninterrupted = Trainer.Run(whole, Examples(), options);
        var kept = options with { CheckpointDirectory = _directory, CheckpointEvery = 7 };
        using (var killed = Fresh())
        {
            using var stop = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(() => Trainer.Run(killed, Examples(), kept, new StopAt(10, stop), stop.Token));
        }

        Assert.Equal([7, 10], Checkpoint.List(_directory).Select(c => c.Step));
        using var resumed = LanguageModel.Create(Fresh().Config, 99); // its own weights must not matter
        var result = Trainer.Run(resumed, Examples(), kept);
        Assert.Equal(10, result.ResumedFrom);
        Assert.Equal(uninterrupted.History.Losses, result.History.Losses);
        Assert.Equal(uninterrupted.History.LearningRates, result.History.LearningRates);
        Assert.Equal(TinyModels.Values(whole.Flat), TinyModels.Values(resumed.Flat));

        // Once finished, running again changes nothing.
        Assert.Equal(uninterrupted.History.Losses, Trainer.Run(resumed, Examples(), kept).History.Losses);
    }

    [Fact]
    public void Run_CheckpointOfOtherOptions_IsRefused()
    {
        var kept = _options with { CheckpointDirectory = _directory };
        using var model = Fresh();
        Trainer.Run(model, Examples(), kept);
        var error = Assert.Throws<BadInputException>(() => Trainer.Run(model, Examples(), kept with { LearningRate = 0.02 }));
        Assert.Contains("other options", error.Message);
        Assert.Throws<BadInputException>(() => Trainer.Run(model, Examples().Take(10).ToList(), kept));
    }

    [Fact]
    public void Run_DamagedCheckpoint_IsRefusedByName()
    {
        var kept = _options with { CheckpointDirectory = _directory };
        using var model = Fresh();
        Trainer.Run(model, Examples(), kept);
        var file = Path.Combine(Checkpoint.List(_directory)[^1].Directory, "optimizer.safetensors");
        var bytes = File.ReadAllBytes(file);
        bytes[^5] ^= 1;
        File.WriteAllBytes(file, bytes);
        Assert.Contains("optimizer.safetensors", Assert.Throws<BadInputException>(() => Trainer.Run(model, Examples(), kept)).Message);
    }

    [Fact]
    public void Run_AbsurdLearningRate_SaysThatItDiverged()
    {
        using var model = Fresh();
        var absurd = _options with { LearningRate = 1e30, WarmupFraction = 0, GradientClip = 0 };
        Assert.Contains("learning rate", Assert.Throws<DivergenceException>(() => Trainer.Run(model, Examples(), absurd)).Message);
    }

    [Fact]
    public void Run_NothingToLearn_Throws()
    {
        using var model = Fresh();
        Assert.Throws<UsageException>(() => Trainer.Run(model, [new TrainingExample([1, 2], [0, 0])], _options));
    }

    [Fact]
    public void SecondMoments_AfterTraining_AreThoseOfTheOptimizer()
    {
        using var model = Fresh();
        Trainer.Run(model, Examples(), _options with { CheckpointDirectory = _directory });
        using var moments = Checkpoint.List(_directory)[^1].SecondMoments(model);
        Assert.Equal(model.Flat.shape, moments.shape);
        Assert.All(TinyModels.Values(moments), v => Assert.True(v >= 0));
        Assert.Contains(TinyModels.Values(moments), v => v > 0);
    }

    private static LanguageModel Fresh() => LanguageModel.Create(TinyModels.Config(ModelFamily.Llama) with { InitializerRange = 0.1 }, 1);

    private static List<TrainingExample> Examples() =>
        [.. Enumerable.Range(0, 24).Select(i => new TrainingExample(
            [1, .. Enumerable.Range(0, 6 + (i % 5)).Select(t => 3 + ((i + t) % 7))],
            [0, 0, .. Enumerable.Repeat(1f, 5 + (i % 5))]))];
}
