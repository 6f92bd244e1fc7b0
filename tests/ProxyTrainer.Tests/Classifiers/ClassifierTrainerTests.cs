using Tda.ProxyTrainer.Classifiers;
using Tda.ProxyTrainer.Training;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Classifiers;

public class ClassifierTrainerTests
{
    private const int N = 24;
    private static readonly long[] Seeds = [1, 2, 7];

    [Theory]
    [InlineData(ClassifierOptimizer.Sgd, "")]
    [InlineData(ClassifierOptimizer.Sgd, "5")]
    [InlineData(ClassifierOptimizer.Sgd, "5,4", ClassifierActivation.Tanh)]
    [InlineData(ClassifierOptimizer.AdamW, "5,4")]
    public void Run_FullBatch_EqualsOneModelAtATimeByAutograd(
        ClassifierOptimizer optimizer, string hidden, ClassifierActivation activation = ClassifierActivation.Relu)
    {
        using var scope = NewDisposeScope();
        var (x, y, kept) = Data();
        var shape = new ClassifierShape(6, [.. hidden.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)], 3, activation);
        var options = new ClassifierOptions
        { Optimizer = optimizer, LearningRate = .05, Epochs = 12, WeightDecay = .03, DType = ScalarType.Float64 };
        using var run = ClassifierTrainer.Run(shape, x, y, kept, Seeds, 3, options);
        using var start = ClassifierStack.Create(shape, Seeds, ScalarType.Float64);
        int[][] batches = [.. Enumerable.Range(0, 12).Select(_ => Enumerable.Range(0, N).ToArray())];
        for (var k = 0; k < Seeds.Length; k++)
        {
            using var expected = ClassifierReference.Train(start.Model(k), x, y, kept[k], batches, options);
            Close(expected, run.Stack.Model(k), 1e-9);
        }
    }

    [Fact]
    public void Run_MiniBatches_GoThroughEveryExampleOnceAnEpochAndWeighOnlyTheModelsOwn()
    {
        // One step of SGD without momentum is linear in the gradient: at a rate near 0 an epoch moves the weights by the mean
        // gradient over the model's own examples times the steps, whatever the order.
        using var scope = NewDisposeScope();
        var (x, y, kept) = Data();
        var shape = new ClassifierShape(6, [5], 3);
        var options = new ClassifierOptions { LearningRate = 1e-7, Momentum = 0, Epochs = 1, BatchSize = 4, DType = ScalarType.Float64 };
        using var mini = ClassifierTrainer.Run(shape, x, y, kept, Seeds, 3, options);
        using var full = ClassifierTrainer.Run(shape, x, y, kept, Seeds, 3, options with { BatchSize = 0, LearningRate = 6e-7 });
        using var other = ClassifierTrainer.Run(shape, x, y, kept, Seeds, 4, options with { LearningRate = .1 });
        using var same = ClassifierTrainer.Run(shape, x, y, kept, Seeds, 3, options with { LearningRate = .1 });
        using var start = ClassifierStack.Create(shape, Seeds, ScalarType.Float64);
        for (var k = 0; k < Seeds.Length; k++)
        {
            var (moved, expected) = (Moved(mini, k), Moved(full, k));
            Assert.True(moved.sub(expected).abs().max().item<double>() < 1e-5 * expected.abs().max().item<double>());
        }
        Assert.True(Moved(other, 0).sub(Moved(same, 0)).abs().max().item<double>() > 1e-6, "the seed of the order has no effect");

        Tensor Moved(ClassifierRun run, int k) => run.Stack.Model(k).Weights[0].sub(start.Model(k).Weights[0]);
    }

    [Fact]
    public void Run_NeighboursInTheStack_DoNotChangeAModel()
    {
        using var scope = NewDisposeScope();
        var (x, y, kept) = Data();
        var options = new ClassifierOptions { LearningRate = .1, Epochs = 5, BatchSize = 7, DType = ScalarType.Float64 };
        var shape = new ClassifierShape(6, [5], 3);
        using var together = ClassifierTrainer.Run(shape, x, y, kept, Seeds, 3, options);
        using var alone = ClassifierTrainer.Run(shape, x, y, [kept[2]], [Seeds[2]], 3, options);
        Close(together.Stack.Model(2), alone.Stack.Model(0), 1e-12);
    }

    [Theory]
    [InlineData(ClassifierActivation.Relu)]
    [InlineData(ClassifierActivation.Tanh)]
    public void Losses_OfAStack_AreThoseOfItsModels(ClassifierActivation activation)
    {
        using var scope = NewDisposeScope();
        var (x, y, _) = Data();
        var shape = new ClassifierShape(6, [5, 4], 3, activation);
        using var stack = ClassifierStack.Create(shape, Seeds, ScalarType.Float64);
        var losses = stack.Losses(x, y);
        for (var k = 0; k < Seeds.Length; k++)
        {
            using var model = stack.Model(k);
            var expected = nn.functional.cross_entropy(model.Forward(x), y, reduction: nn.Reduction.None);
            Assert.True(losses.select(0, k).sub(expected).abs().max().item<double>() < 1e-12);
        }
    }

    [Fact]
    public void Run_Checkpoints_CoverAllStepsWithTheirRatesAndMoments()
    {
        using var scope = NewDisposeScope();
        var (x, y, kept) = Data();
        var options = new ClassifierOptions
        {
            Optimizer = ClassifierOptimizer.AdamW,
            LearningRate = .05,
            FinalLearningRateFraction = .1,
            Epochs = 10,
            BatchSize = 8,
            Checkpoints = 4,
            DType = ScalarType.Float64,
        };
        using var run = ClassifierTrainer.Run(new ClassifierShape(6, [5], 3), x, y, kept, Seeds, 3, options, keepCheckpoints: true);
        var points = run.Checkpoints[1];
        Assert.Equal(4, points.Count);
        Assert.Equal(30, points[^1].Step);
        Assert.Equal(30, points.Sum(p => p.Steps));
        Assert.True(points[0].LearningRate > points[^1].LearningRate);
        var schedule = new LearningRateSchedule(.05, 30, 0, .1);
        Assert.Equal(Enumerable.Range(0, 30).Average(schedule.At), points.Sum(p => p.LearningRate * p.Steps) / 30, 12);
        Close(points[^1].Model, run.Stack.Model(1), 0);
        Assert.All(points[^1].SecondMoments!.Zip(new long[][] { [5, 7], [3, 6] }), pair => Assert.Equal(pair.Second, pair.First.shape));
        Assert.All(points[^1].SecondMoments!, moments => Assert.True(moments.min().item<double>() >= 0));
    }

    [Fact]
    public void Run_RateFarTooHigh_SaysThatItDiverged()
    {
        var (x, y, kept) = Data();
        Assert.Throws<DivergenceException>(() => ClassifierTrainer.Run(
            new ClassifierShape(6, [5], 3), x, y, kept, Seeds, 0, new ClassifierOptions { LearningRate = 1e30, Epochs = 20, WeightDecay = 1 }));
    }

    [Fact]
    public void Validate_SeveralFaults_NamesAll()
    {
        var message = Assert.Throws<UsageException>(new ClassifierOptions { LearningRate = -1, Epochs = -1, Momentum = 1 }.Validate).Message;
        foreach (var part in new[] { "learning rate is -1", "epochs is -1", "momentum is 1" })
        {
            Assert.Contains(part, message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Shape_Relu_IsWrittenWithoutItsActivation()
    {
        // A bank compares the shape in its manifest with the one asked for: banks made before there was a choice must stay the same bank.
        var relu = JsonSerializer.Serialize(new ClassifierShape(6, [5], 3), JsonDefaults.Options);
        Assert.DoesNotContain("activation", relu, StringComparison.Ordinal);
        Assert.Equal(ClassifierActivation.Relu, JsonSerializer.Deserialize<ClassifierShape>(relu, JsonDefaults.Options)!.Activation);
        var tanh = JsonSerializer.Serialize(new ClassifierShape(6, [5], 3, ClassifierActivation.Tanh), JsonDefaults.Options);
        Assert.Contains("\"activation\":\"tanh\"", tanh, StringComparison.Ordinal);
        Assert.Equal(ClassifierActivation.Tanh, JsonSerializer.Deserialize<ClassifierShape>(tanh, JsonDefaults.Options)!.Activation);
    }

    private static (Tensor X, Tensor Y, bool[][] Kept) Data()
    {
        var random = new Random(5);
        double[] features = [.. Enumerable.Range(0, N * 6).Select(_ => random.NextDouble() * 2 - 1)];
        long[] labels = [.. Enumerable.Range(0, N).Select(i => (long)(i % 3))];
        bool[][] kept = [.. Seeds.Select((_, k) => Enumerable.Range(0, N).Select(i => k == 0 || random.Next(2) == 0).ToArray())];
        return (tensor(features, [N, 6], dtype: ScalarType.Float64), tensor(labels, [N], dtype: ScalarType.Int64), kept);
    }

    private static void Close(Classifier expected, Classifier actual, double tolerance)
    {
        foreach (var (e, a) in expected.Weights.Concat(expected.Biases).Zip(actual.Weights.Concat(actual.Biases)))
        {
            Assert.True(e.sub(a).abs().max().item<double>() <= tolerance, $"differs by {e.sub(a).abs().max().item<double>():g3}");
        }
    }
}
