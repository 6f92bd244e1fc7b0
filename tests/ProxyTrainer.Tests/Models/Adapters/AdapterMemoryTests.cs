using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Models.Adapters;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;
using Tda.TestKit;

namespace Tda.ProxyTrainer.Tests.Models.Adapters;

/// <summary>Alone, since memory is counted of the whole process.</summary>
[CollectionDefinition(nameof(AdapterMemoryTests), DisableParallelization = true)]
[Collection(nameof(AdapterMemoryTests))]
public sealed class AdapterMemoryTests
{
    /// <summary>A step on 11 million weights holds two moments and two gradients of each; on adapters, of a hundredth of them.</summary>
    [Fact]
    public void Run_OnAdapters_TakesAFractionOfTheMemoryOfAllWeights()
    {
        Assert.SkipUnless(PeakMemory.IsCounted, "the kernel doesn't count memory here");
        using var model = LanguageModel.Create(
            new ModelConfig { Family = ModelFamily.Llama, VocabularySize = 64, HiddenSize = 384, Layers = 6, Heads = 4, IntermediateSize = 1024, MaxPositions = 32 }, 1);
        TrainingExample[] examples = [new([.. Enumerable.Repeat(5, 17)], [.. Enumerable.Repeat(1f, 17)])];
        var options = new TrainingOptions { Optimizer = OptimizerKind.AdamW, MaxSteps = 2, Epochs = 2 };
        var weights = 4 * model.Flat.numel();

        var all = PeakMemory.Above(() => Trainer.Run(model, examples, options));
        model.Attach(new LoraConfig { Rank = 4, Alpha = 8 }, 1);
        var adapters = PeakMemory.Above(() => Trainer.Run(model, examples, options));

        Assert.True(all > 3 * weights, $"{all:N0} bytes above {weights:N0} of weights");
        Assert.True(adapters < weights / 2, $"{adapters:N0} bytes above {weights:N0} of weights");
    }
}
