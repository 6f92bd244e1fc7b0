using Tda.ProxyTrainer.Checkpoints;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Tests.Models;
using Tda.ProxyTrainer.Training;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Training;

public sealed class ResponseRangeTests : IDisposable
{
    private static readonly ResponseRange Range = new(.1, 10);
    private readonly IDisposable _scope = NewDisposeScope();
    private readonly string _directory = Directory.CreateTempSubdirectory("tda-response-").FullName;

    public ResponseRangeTests() => set_num_threads(1);

    public static TheoryData<OptimizerKind> Optimizers => [.. Enum.GetValues<OptimizerKind>()];

    public void Dispose()
    {
        _scope.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("penalty:0.1..10", .1, 10)]
    [InlineData("penalty:1e-2..3", .01, 3)]
    public void Parse_Range_IsRead(string text, double low, double high) => Assert.Equal(new ResponseRange(low, high), ResponseRange.Parse(text));

    [Theory]
    [InlineData("0.1..10")]
    [InlineData("penalty:0..10")]
    [InlineData("penalty:10..0.1")]
    [InlineData("penalty:1..1")]
    [InlineData("penalty:1")]
    [InlineData("penalty:1..NaN")]
    [InlineData("penalty:1..Infinity")]
    [InlineData("penalty:0,1..10")]
    [InlineData("rate:0.1..10")]
    public void Parse_NoRange_IsRefused(string text) =>
        Assert.Contains("penalty:LOW..HIGH", Assert.Throws<UsageException>(() => ResponseRange.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Eta_OverTheDraw_HasMeanZeroAndVarianceOne()
    {
        double[] etas = [.. Enumerable.Range(0, 20_000).Select(i => Range.Eta(Range.Draw(7, i / 4, i % 4)))];

        Assert.Equal(0, Range.Eta(1), 12);
        Assert.Equal(Math.Sqrt(3), Range.Eta(10), 12);
        // Four standard errors; of a uniform variable's square the variance is 0.8.
        Assert.True(Math.Abs(etas.Average()) < 4 / Math.Sqrt(etas.Length), $"mean {etas.Average()}");
        Assert.True(Math.Abs(etas.Average(eta => eta * eta) - 1) < 4 * Math.Sqrt(.8 / etas.Length), $"variance {etas.Average(eta => eta * eta)}");
        Assert.All(etas, eta => Assert.InRange(eta, -Math.Sqrt(3) - 1e-12, Math.Sqrt(3) + 1e-12));
    }

    /// <summary>The λ of an example is its own: neither the batch that it is in nor its place there matters.</summary>
    [Fact]
    public void Collate_OtherBatchOrOrder_GivesEachExampleTheSamePenalty()
    {
        var draw = new ResponseDraw(Range, 3, 1);
        float[] Negative(params int[] rows)
        {
            var batch = Batch.Collate(Examples(), rows, CPU, response: draw);
            return [.. batch.Weights.data<float>().ToArray().Where(weight => weight < 0)];
        }

        var alone = Enumerable.Range(0, 3).Select(row => Assert.Single(Negative(row))).ToArray();

        Assert.Equal(alone, Negative(0, 1, 2));
        Assert.Equal([alone[2], alone[0]], Negative(2, 0));
        Assert.Equal(alone.Length, alone.Distinct().Count());
        Assert.Equal(Weight(Range.Draw(3, 0, 1)), alone[0]);
        Assert.NotEqual(alone[0], Weight(Range.Draw(3, 0, 2)));
        Assert.NotEqual(alone[0], Weight(Range.Draw(4, 0, 1)));
        var etas = Batch.Collate(Examples(), [2, 0], CPU, ScalarType.Float64, draw).Response!;
        TinyModels.AssertClose([Range.Eta(Range.Draw(3, 2, 1)), Range.Eta(Range.Draw(3, 0, 1))], TinyModels.Values(etas), 1e-12);
    }

    [Fact]
    public void Visits_OfAPlan_AreItsEpochs()
    {
        var options = new TrainingOptions { Epochs = 3, BatchTokens = 40, Seed = 2 };
        var (plan, visits) = (Trainer.Plan(Examples(), options), ResponseDraw.Visits(Trainer.Plan(Examples(), options)));

        var counts = plan.Zip(visits).SelectMany(step => step.First.Select(row => (row, step.Second))).GroupBy(visit => visit).Select(group => group.Count());
        Assert.All(counts, count => Assert.Equal(1, count));
        Assert.Equal(3 * Examples().Count, plan.Sum(step => step.Length));
        Assert.Equal([0, 1, 2], visits.Distinct());
    }

    [Fact]
    public void ShardedGradient_AnyShards_IsTheSame()
    {
        using var gated = Gated();
        var draw = new ResponseDraw(Range, 3, 0);
        Tensor Of(int shards) => ShardedGradient.Of(gated, Examples(), [0, 3, 5, 6, 9], new TrainingOptions { GradientShards = shards }, response: draw).Gradient;

        TinyModels.AssertClose(TinyModels.Values(Of(1)), TinyModels.Values(Of(3)), 1e-5);
    }

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void Run_KilledAndResumed_HasTheSameCurveAndWeights(OptimizerKind optimizer)
    {
        var options = new TrainingOptions { LearningRate = .01, Epochs = 4, BatchTokens = 60, Seed = 5, Optimizer = optimizer, Response = Range };
        using var whole = Gated();
        var uninterrupted = Trainer.Run(whole, Examples(), options);
        var kept = options with { CheckpointDirectory = _directory, CheckpointEvery = 7 };
        using (var killed = Gated())
        {
            using var stop = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(() => Trainer.Run(killed, Examples(), kept, new StopAt(10, stop), stop.Token));
        }

        Assert.Equal([7, 10], Checkpoint.List(_directory).Select(checkpoint => checkpoint.Step));
        using var resumed = Gated(seed: 99); // its own weights must not matter
        var result = Trainer.Run(resumed, Examples(), kept);
        Assert.Equal(uninterrupted.History.Losses, result.History.Losses);
        Assert.Equal(TinyModels.Values(whole.Flat), TinyModels.Values(resumed.Flat));
        Assert.Contains(whole.Parameters.Where(parameter => ResponseGates.IsGate(parameter.Name)), gate => gate.Tensor.abs().max().item<float>() > 0);
        Assert.Throws<BadInputException>(() => Trainer.Run(resumed, Examples(), kept with { Response = new(.1, 5) }));
    }

    // λ of the masked label, with the factor that all labels of its example have.
    private static float Weight(double penalty) => (float)(-penalty / Math.Sqrt(1 + penalty));

    private static LanguageModel Gated(long seed = 1)
    {
        using var plain = LanguageModel.Create(TinyModels.Config(ModelFamily.Llama) with { InitializerRange = .1 }, seed);
        return ResponseGates.Attach(plain);
    }

    private static List<TrainingExample> Examples() =>
        [.. Enumerable.Range(0, 24).Select(i => new TrainingExample(
            [1, .. Enumerable.Range(0, 6 + (i % 5)).Select(t => 3 + ((i + t) % 7))],
            [0, 0, -1, .. Enumerable.Repeat(1f, 4 + (i % 5))]))];
}
