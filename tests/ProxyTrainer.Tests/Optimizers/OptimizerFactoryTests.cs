using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Tests.Models;
using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Tests.Optimizers;

public sealed class OptimizerFactoryTests
{
    public static TheoryData<OptimizerKind> Kinds => [.. Enum.GetValues<OptimizerKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Create_AnyKind_KeepsWhatIsCountedBeforehand(OptimizerKind kind)
    {
        var options = new TrainingOptions { Optimizer = kind, Shampoo = new ShampooOptions { Block = 16 } };
        options.Validate(); // every default is in range
        using var model = TinyModels.Create(ModelFamily.Llama);
        using var optimizer = OptimizerFactory.Create(FlatWeights.Of(model), options, 100);
        Assert.Equal(OptimizerFactory.FactorCount(model.Config, options), optimizer.Matrices.Values.Sum(tensor => tensor.numel()));
        Assert.Equal(2 * model.Flat.numel(), optimizer.State.Values.Sum(tensor => tensor.numel()));
        Assert.Equal(optimizer.Matrices.Count, optimizer.Matrices.Keys.Except(optimizer.State.Keys).Count());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Step_BlocksWithoutGradientAtFirst_StaysFinite(OptimizerKind kind)
    {
        // Embeddings of tokens that no batch has had yet: 0/0 once made spectral Shampoo's whole block undefined.
        var options = new TrainingOptions { Optimizer = kind, Shampoo = new ShampooOptions { Block = 16, RootEvery = 2 } };
        using var model = LanguageModel.Create(TinyModels.Config(ModelFamily.Llama), 1);
        using var optimizer = OptimizerFactory.Create(FlatWeights.Of(model), options, 100);
        using var scope = TorchSharp.torch.NewDisposeScope();
        for (var step = 0; step < 6; step++)
        {
            optimizer.Prepare();
            var gradient = TorchSharp.torch.zeros_like(model.Flat).detach();
            if (step >= 3)
            {
                gradient.narrow(0, 0, 500).fill_(0.01 * step);
            }

            optimizer.Step(gradient, 1e-3);
            Assert.All(TinyModels.Values(model.Flat), value => Assert.True(double.IsFinite(value)));
        }
    }

    [Theory]
    [InlineData(4, 10, .1, "longest side of a block")]
    [InlineData(2048, 10, .1, "longest side of a block")]
    [InlineData(256, 0, .1, "steps between roots")]
    [InlineData(256, 10, .6, "spectral rate")]
    public void Validate_ShampooOutOfRange_NamesTheOption(int block, int every, double rate, string name)
    {
        var options = new TrainingOptions { Shampoo = new ShampooOptions { Block = block, RootEvery = every, SpectralRate = rate } };
        Assert.Contains(name, Assert.Throws<UsageException>(options.Validate).Message);
    }

    [Fact]
    public void Defaults_OptimizerChangedByWith_AreThoseOfTheNewOne()
    {
        var muon = new TrainingOptions();
        Assert.Equal(OptimizerDefaults.Of(OptimizerKind.Shampoo).LearningRate, (muon with { Optimizer = OptimizerKind.Shampoo }).LearningRate);
        Assert.Equal(0.5, (muon with { LearningRate = 0.5, Optimizer = OptimizerKind.Shampoo }).LearningRate);
        Assert.Equal(1, (muon with { Optimizer = OptimizerKind.ScheduleFree }).FinalLearningRateFraction);
    }
}
