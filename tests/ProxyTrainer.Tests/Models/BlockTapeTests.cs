using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Models.Adapters;
using Tda.ProxyTrainer.Training;
using Tda.TestKit;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Models;

/// <summary>Blocks that are computed again give what a graph of the whole model gives.</summary>
public class BlockTapeTests
{
    public BlockTapeTests() => set_num_threads(1);

    public static TheoryData<ModelFamily, bool> Families =>
        [.. Enum.GetValues<ModelFamily>().SelectMany(family => (TheoryDataRow<ModelFamily, bool>[])[new(family, false), new(family, true)])];

    [Theory]
    [MemberData(nameof(Families))]
    public void ParameterGradients_AnyFamily_EqualThoseOfTheWholeGraphToTheBit(ModelFamily family, bool variant)
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Create(family, ScalarType.Float32, variant);
        var batch = Batch.Collate(Examples(), [0, 1, 2], CPU);
        var whole = FlatGradient.Of(TokenLoss.Sum(model, batch, 1e-4), model);
        using var tape = BlockTape.Record(model);
        var recomputed = FlatGradient.Of(TokenLoss.Sum(model, batch, 1e-4), model, tape);
        Assert.Equal(TinyModels.Values(whole), TinyModels.Values(recomputed));
        Assert.True(whole.abs().max().item<float>() > 0);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void TapGradients_AnyFamily_EqualThoseOfTheWholeGraphToTheBit(ModelFamily family, bool variant)
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Create(family, ScalarType.Float32, variant);
        var ids = TinyModels.Tensor(TinyModels.Ids(1, 9), TinyModels.Ids(2, 6));
        using var plain = TapSet.Create(model, 2, 9);
        var expected = Autograd.Grad([model.Forward(ids, new ForwardOptions { Taps = plain }).logsumexp(-1).sum()], plain.Tensors);

        using var taps = TapSet.Create(model, 2, 9);
        using var tape = BlockTape.Record(model);
        var actual = tape.TapGradients(model.Forward(ids, new ForwardOptions { Taps = taps }).logsumexp(-1).sum(), null);
        for (var layer = 0; layer < expected.Length; layer++)
        {
            Assert.Equal(TinyModels.Values(expected[layer]), TinyModels.Values(actual[layer]));
            Assert.Equal(TinyModels.Values(plain.Inputs[layer]), TinyModels.Values(taps.Inputs[layer]));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Run_TrainingThatRecomputes_HasTheSameCurveAndWeights(int shards)
    {
        var options = new TrainingOptions { Epochs = 3, BatchTokens = 40, Seed = 4, GradientShards = shards };
        using var plain = TinyModels.Create(ModelFamily.Qwen3, ScalarType.Float32);
        var expected = Trainer.Run(plain, Examples(), options);
        using var model = TinyModels.Create(ModelFamily.Qwen3, ScalarType.Float32);
        model.Recompute = true;
        var losses = Trainer.Run(model, Examples(), options).History.Losses;
        if (shards == 1)
        {
            Assert.Equal(expected.History.Losses, losses);
            Assert.Equal(TinyModels.Values(plain.Flat), TinyModels.Values(model.Flat));
        }

        // Threads that other tests began may split sums in two.
        TinyModels.AssertClose([.. expected.History.Losses.Select(loss => (double)loss)], [.. losses.Select(loss => (double)loss)], 1e-4);
    }

    /// <summary>Blocks without an adapter have nothing to differentiate by but their input, and the embeddings have nothing at all.</summary>
    [Fact]
    public void ParameterGradients_AdaptersOfOneBlock_EqualThoseOfTheWholeGraphToTheBit()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Create(ModelFamily.Llama, ScalarType.Float32);
        model.Attach(new LoraConfig { Rank = 2, Alpha = 4, Targets = new(["q_proj", "down_proj"]), Blocks = [1] }, seed: 1);
        model.Flat.detach().add_(.1);
        var batch = Batch.Collate(Examples(), [0, 1, 2], CPU);
        var whole = FlatGradient.Of(TokenLoss.Sum(model, batch, 1e-4), model);
        using var tape = BlockTape.Record(model);
        Assert.Equal(TinyModels.Values(whole), TinyModels.Values(FlatGradient.Of(TokenLoss.Sum(model, batch, 1e-4), model, tape)));
        Assert.True(whole.abs().max().item<float>() > 0);
    }

    [Fact]
    public void ParameterGradients_TwoPassesUnderOneTape_AddUp()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Create(ModelFamily.Llama);
        Tensor Loss(int seed) => model.Forward(TinyModels.Tensor(TinyModels.Ids(seed, 7))).logsumexp(-1).sum();
        var whole = FlatGradient.Of(Loss(1).mul(Loss(2)), model);
        using var tape = BlockTape.Record(model);
        TinyModels.AssertClose(TinyModels.Values(whole), TinyModels.Values(FlatGradient.Of(Loss(1).mul(Loss(2)), model, tape)), 1e-12);
    }

    [Fact]
    public void Record_PassWithoutGradients_IsLeftAlone()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Create(ModelFamily.Llama);
        using var tape = BlockTape.Record(model);
        using (no_grad())
        {
            Assert.False(model.Forward(TinyModels.Tensor(TinyModels.Ids(1, 5))).requires_grad);
        }

        Assert.Throws<InvalidOperationException>(() => tape.ParameterGradients(ones(1)));
        Assert.Throws<InvalidOperationException>(() => tape.TapGradients(ones(1), null));
    }

    [Fact]
    public void ParameterGradients_LossThatDependsOnNoPass_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Create(ModelFamily.Llama);
        using var tape = BlockTape.Record(model);
        model.Forward(TinyModels.Tensor(TinyModels.Ids(1, 5)));
        Assert.Throws<ArgumentException>(() => tape.ParameterGradients(model.Parameters[0].Tensor.sum()));
    }

    private static List<TrainingExample> Examples() =>
        [.. Enumerable.Range(1, 9).Select(seed => new TrainingExample(
            TinyModels.Ids(seed, 5 + seed), [0, .. Enumerable.Repeat(seed == 2 ? -1f : 1f, 4 + seed)]))];
}

/// <summary>Alone, since memory is counted of the whole process.</summary>
[CollectionDefinition(nameof(BlockTapeMemoryTests), DisableParallelization = true)]
[Collection(nameof(BlockTapeMemoryTests))]
public class BlockTapeMemoryTests
{
    /// <summary>Activations are 230 MB here, a block's an eighth of them.</summary>
    [Fact]
    public void ParameterGradients_ManyBlocks_PeakAtAFractionOfTheWholeGraphs()
    {
        Assert.SkipUnless(PeakMemory.IsCounted, "the kernel doesn't count memory here");
        using var model = LanguageModel.Create(
            new ModelConfig { Family = ModelFamily.Llama, VocabularySize = 64, HiddenSize = 128, Layers = 8, Heads = 4, IntermediateSize = 512, MaxPositions = 512 }, 1);
        var examples = ((int[])[513, 513, 513, 513, 5])
            .Select(length => new TrainingExample([.. Enumerable.Repeat(5, length)], [.. Enumerable.Repeat(1f, length)])).ToList();
        void Gradient(bool recompute, params int[] rows)
        {
            using var scope = NewDisposeScope();
            model.Recompute = recompute;
            ShardedGradient.Of(model, examples, rows, new TrainingOptions()).Gradient.Dispose();
        }

        Gradient(true, 4); // what is compiled at the first call counts for neither
        Gradient(false, 4);
        var recomputed = PeakMemory.Above(() => Gradient(true, 0, 1, 2, 3));
        var whole = PeakMemory.Above(() => Gradient(false, 0, 1, 2, 3));
        var planned = MemoryEstimate.Training(model.Config, 2048, new ComputePlace(CPU, ScalarType.Float32, false)).Activations;
        Assert.True(Math.Abs(whole - planned) < planned / 4, $"{whole >> 20} MiB, {planned >> 20} planned");
        Assert.True(recomputed < whole / 2, $"{recomputed >> 20} MiB with blocks computed again, {whole >> 20} MiB without");
    }
}
