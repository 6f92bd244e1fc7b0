using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tests.Models;
using Tda.ProxyTrainer.Training;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Training;

public class BatchPlanTests
{
    [Theory]
    [InlineData(1_000_000L, 100, 2048)] // all that is asked for
    [InlineData(100_000L, 100, 512)]    // .7 · 100,000 ≥ 100 · 512
    [InlineData(100L, 100, 100)]        // no fewer than a row
    [InlineData(100L, 4000, 2048)]      // a longer row stands alone
    public void Largest_MemoryThatThereIs_GivesAPowerOfTwo(long memory, int longest, int expected) =>
        Assert.Equal(expected, BatchPlan.Largest(tokens => 100 * tokens, memory, longest, 2048));

    [Fact]
    public void Largest_UnknownMemory_IsWhatIsAskedFor() => Assert.Equal(1000, BatchPlan.Largest(tokens => tokens << 40, null, 10, 1000));

    [Fact]
    public void Largest_NoPowerOfTwoAskedFor_FallsToOne() => Assert.Equal(512, BatchPlan.Largest(tokens => 100 * tokens, 100_000, 10, 1000));

    [Fact]
    public void Capture_LessMemoryForMoreFrugalModels_IsWhatTheEstimateSays()
    {
        var config = TinyModels.Config(ModelFamily.Llama) with { Layers = 8, HiddenSize = 64, IntermediateSize = 256 };
        long Bytes(ScalarType type, bool recompute) => MemoryEstimate.Capture(config, 1000, new ComputePlace(CPU, type, recompute)).Total;
        Assert.True(Bytes(ScalarType.Float32, true) < Bytes(ScalarType.Float32, false));
        Assert.True(Bytes(ScalarType.BFloat16, false) < Bytes(ScalarType.Float32, false));
    }

    [Fact]
    public void Of_BatchInParts_EqualsTheWholeBatch()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Create(ModelFamily.Llama);
        var examples = Enumerable.Range(1, 9).Select(seed => new TrainingExample(TinyModels.Ids(seed, 5 + seed), [0, .. Enumerable.Repeat(1f, 4 + seed)])).ToList();
        int[] rows = [.. Enumerable.Range(0, 9)];
        var (loss, gradient) = ShardedGradient.Of(model, examples, rows, new TrainingOptions());
        foreach (var shards in (int[])[1, 2])
        {
            var (inParts, sum) = ShardedGradient.Of(model, examples, rows, new TrainingOptions { GradientShards = shards }, parts: 3);
            Assert.Equal(loss, inParts, 12);
            Assert.True(allclose(gradient, sum, rtol: 1e-9, atol: 1e-12));
        }
    }
}
