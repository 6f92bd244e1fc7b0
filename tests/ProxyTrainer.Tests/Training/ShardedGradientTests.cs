using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Training;

public class ShardedGradientTests
{
    private static readonly ModelConfig Config = new()
    {
        Family = ModelFamily.Llama,
        VocabularySize = 23,
        HiddenSize = 12,
        Layers = 2,
        Heads = 3,
        IntermediateSize = 16,
        MaxPositions = 24,
    };

    // Another class sets it too, at any time: sums must not be split otherwise in between.
    public ShardedGradientTests() => set_num_threads(1);

    private static List<TrainingExample> Examples()
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, 9).Select(_ =>
        {
            int[] tokens = [.. Enumerable.Range(0, random.Next(4, 20)).Select(_ => random.Next(3, 23))];
            float[] weights = [.. tokens.Select((_, i) => i == 0 ? 0 : (float)(random.Next(4) - 1))];
            weights[1] = 1;
            return new TrainingExample(tokens, weights);
        })];
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(50)]
    public void Of_AnyNumberOfShards_EqualsTheWholeBatch(int shards)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModel.Create(Config, 1, dtype: ScalarType.Float64);
        var examples = Examples();
        int[] rows = [.. Enumerable.Range(0, examples.Count)];
        (var loss, var gradient) = ShardedGradient.Of(model, examples, rows, new TrainingOptions());
        (var sharded, var sum) = ShardedGradient.Of(model, examples, rows, new TrainingOptions { GradientShards = shards });
        var direct = TokenLoss.Mean(model, Batch.Collate(examples, rows, model.Device, model.DType), new TrainingOptions().PenaltyFloor);
        Assert.Equal(direct.item<double>(), loss, 12);
        Assert.Equal(loss, sharded, 12);
        Assert.True(allclose(gradient, sum, rtol: 1e-9, atol: 1e-12));
    }

    [Fact]
    public void Run_TwoShardsTwice_GivesTheSameWeightsBitForBit()
    {
        float[] Train()
        {
            using var scope = NewDisposeScope();
            using var model = LanguageModel.Create(Config, 1);
            Trainer.Run(model, Examples(), new TrainingOptions { GradientShards = 2, Epochs = 3, BatchTokens = 64, Seed = 4 });
            return model.Flat.data<float>().ToArray();
        }
        Assert.Equal(Train(), Train());
    }
}
