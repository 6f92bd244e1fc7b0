using Tda.ProxyTrainer.Checkpoints;
using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tests.Engine;
using Tda.ProxyTrainer.Tests.Models;
using Tda.ProxyTrainer.Training;
using Tda.TestKit;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Training;

/// <summary>Models that compute in bfloat16, with float32 where digits count.</summary>
public class Bfloat16Tests
{
    private static readonly TrainingOptions Options = new() { LearningRate = 0.01, Epochs = 25, BatchTokens = 60, Seed = 5, WarmupFraction = 0.2 };

    public Bfloat16Tests() => set_num_threads(1);

    public static TheoryData<ModelFamily> Families => [.. Enum.GetValues<ModelFamily>()];

    [Theory]
    [MemberData(nameof(Families))]
    public void Forward_AnyFamily_IsFloat32sWithinThreePercent(ModelFamily family)
    {
        using var scope = NewDisposeScope();
        using var exact = TinyModels.Create(family, ScalarType.Float32);
        using var model = Rounded(exact);
        var ids = TinyModels.Tensor(TinyModels.Ids(1, 9), TinyModels.Ids(2, 9)).to(TestDevices.Best);
        foreach (var secondOrder in (bool[])[false, true])
        {
            var options = new ForwardOptions { SecondOrder = secondOrder };
            var (expected, actual) = (exact.Forward(ids.cpu(), options), model.Forward(ids, options));
            Assert.Equal(ScalarType.Float32, actual.dtype);
            // One rounding is a quarter of a percent at most; weights of .4 carry it through two blocks.
            var error = expected.sub(actual.cpu()).norm().div(expected.norm()).item<float>();
            Assert.True(error < 0.03, $"{error:P1} apart");
        }
    }

    [Fact]
    public void Run_Curve_FollowsFloat32s()
    {
        var (wide, narrow) = (Train(ScalarType.Float32), Train(ScalarType.BFloat16));
        var apart = wide.Losses.Zip(narrow.Losses).Max(pair => Math.Abs(pair.First - pair.Second));
        Assert.True(apart < 0.15, $"{apart} nats apart");
        Assert.True(narrow.Losses[^1] < 0.5 && wide.Losses[^1] < 0.5, $"{wide.Losses[^1]} and {narrow.Losses[^1]} at the end");
    }

    /// <summary>A step far below a weight's last digit: added to bfloat16 weights it is lost every time.</summary>
    [Fact]
    public void Run_StepsBelowTheLastDigit_AddUp()
    {
        using var model = Fresh(ScalarType.BFloat16);
        using var before = model.Flat.clone();
        Trainer.Run(model, Examples(), Options with
        {
            LearningRate = 1e-4,
            MuonLearningRate = 1e-4,
            WeightDecay = 0,
            WarmupFraction = 0,
            FinalLearningRateFraction = 1,
            Optimizer = ProxyTrainer.Optimizers.OptimizerKind.AdamW,
        });
        // 100 steps of 1e-4 move weights of about .1, whose last digit is 5e-4, by up to .01.
        Assert.True(model.Flat.sub(before).abs().gt(2e-3).to(ScalarType.Float32).mean().item<float>() > .2);
    }

    [Fact]
    public void Run_KilledAndResumed_HasTheSameCurveAndMasterWeightsToTheBit()
    {
        using var directory = new TempDirectory();
        using var other = new TempDirectory();
        var options = Options with { Epochs = 4, CheckpointEvery = 7 };
        using var whole = Fresh(ScalarType.BFloat16);
        var uninterrupted = Trainer.Run(whole, Examples(), options with { CheckpointDirectory = other.Path });
        var kept = options with { CheckpointDirectory = directory.Path };
        using (var killed = Fresh(ScalarType.BFloat16))
        {
            using var stop = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(() => Trainer.Run(killed, Examples(), kept, new StopAt(10, stop), stop.Token));
        }

        using var resumed = LanguageModel.Create(whole.Config, 99, whole.Device, ScalarType.BFloat16);
        Assert.Equal(uninterrupted.History.Losses, Trainer.Run(resumed, Examples(), kept).History.Losses);
        Assert.Equal(TinyModels.Values(whole.Flat.cpu()), TinyModels.Values(resumed.Flat.cpu()));

        using var expected = LanguageModel.Load(Checkpoint.List(other.Path)[^1].Directory);
        using var actual = LanguageModel.Load(Checkpoint.List(directory.Path)[^1].Directory);
        Assert.Equal(TinyModels.Values(expected.Flat), TinyModels.Values(actual.Flat));
        Assert.False(expected.Flat.to(ScalarType.BFloat16).to(ScalarType.Float32).equal(expected.Flat).all().item<bool>(), "the checkpoint holds more digits than the model");

        // Other numbers are another run.
        using var float32 = Fresh(ScalarType.Float32);
        Assert.Throws<BadInputException>(() => Trainer.Run(float32, Examples(), kept));
    }

    [Fact]
    public void Save_ThenLoad_KeepsTheBitsInEitherType()
    {
        using var directory = new TempDirectory();
        using var model = Fresh(ScalarType.BFloat16);
        model.Save(directory.Path);
        Assert.Contains("\"bfloat16\"", File.ReadAllText(Path.Combine(directory.Path, "config.json")));
        using var narrow = LanguageModel.Load(directory.Path, dtype: ScalarType.BFloat16);
        using var wide = LanguageModel.Load(directory.Path);
        Assert.Equal(TinyModels.Values(model.Flat.cpu()), TinyModels.Values(narrow.Flat));
        Assert.Equal(TinyModels.Values(model.Flat.cpu()), TinyModels.Values(wide.Flat));
        Assert.Equal((ScalarType.BFloat16, ScalarType.Float32), (narrow.Flat.dtype, wide.Flat.dtype));
        var bytes = new FileInfo(Path.Combine(directory.Path, "model.safetensors")).Length;
        Assert.InRange(bytes, model.Flat.numel() * 2, (model.Flat.numel() * 2) + 8192);
    }

    [Fact]
    public async Task Configure_Choice_ReachesWhatItsCallerCallsAndNobodyElse()
    {
        await Task.Run(() =>
        {
            TensorEngine.Configure(new EngineOptions { Device = "cpu", Numbers = ModelNumbers.Bfloat16, Recompute = true });
            Parallel.For(0, 2, _ =>
            {
                using var model = LanguageModel.Create(TinyModels.Config(ModelFamily.Llama), 1);
                Assert.Equal((ScalarType.BFloat16, true), (model.DType, model.Recompute));
                using var copy = model.Clone();
                Assert.Equal((ScalarType.BFloat16, true), (copy.DType, copy.Recompute));
            });
        }, TestContext.Current.CancellationToken);
        using var outside = LanguageModel.Create(TinyModels.Config(ModelFamily.Llama), 1);
        Assert.Equal((ScalarType.Float32, false), (outside.DType, outside.Recompute));
    }

    private static LanguageModel Rounded(LanguageModel exact)
    {
        var model = LanguageModel.Create(exact.Config, 0, TestDevices.Best, ScalarType.BFloat16);
        using var gradients = no_grad();
        model.Flat.copy_(exact.Flat);
        return model;
    }

    private static LanguageModel Fresh(ScalarType type) =>
        LanguageModel.Create(TinyModels.Config(ModelFamily.Llama) with { InitializerRange = 0.1 }, 1, TestDevices.Best, type);

    private static TrainingHistory Train(ScalarType type)
    {
        using var model = Fresh(type);
        return Trainer.Run(model, Examples(), Options).History;
    }

    private static List<TrainingExample> Examples() =>
        [.. Enumerable.Range(0, 24).Select(i => new TrainingExample(
            [1, .. Enumerable.Range(0, 6 + (i % 5)).Select(t => 3 + ((i + t) % 7))],
            [0, 0, .. Enumerable.Repeat(1f, 5 + (i % 5))]))];
}
