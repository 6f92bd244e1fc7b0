using Tda.ProxyTrainer.Classifiers;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Classifiers;

public class ClassifierExamplesTests
{
    private const int N = 18;
    private static readonly ClassifierOptions Options = new() { LearningRate = .05, Epochs = 12, WeightDecay = .03, DType = ScalarType.Float64 };

    [Theory]
    [InlineData(ClassifierOptimizer.Sgd, "")]
    [InlineData(ClassifierOptimizer.AdamW, "5,4")]
    public void Run_SoftTargets_EqualsOneModelAtATimeByAutograd(ClassifierOptimizer optimizer, string hidden)
    {
        using var scope = NewDisposeScope();
        var shape = new ClassifierShape(4, [.. hidden.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)], 3);
        var (x, t, options) = (Uniform(N, 4, 1), Uniform(N, 3, 2).softmax(-1), Options with { Optimizer = optimizer });
        bool[][] kept = [[.. Enumerable.Repeat(true, N)], [.. Enumerable.Range(0, N).Select(i => i % 3 > 0)]];
        using var run = ClassifierTrainer.Run(shape, new ClassifierExamples(x, t), kept, [1, 2], 0, options);
        using var start = ClassifierStack.Create(shape, [1, 2], ScalarType.Float64);
        int[][] batches = [.. Enumerable.Repeat<int[]>([.. Enumerable.Range(0, N)], 12)];
        for (var k = 0; k < 2; k++)
        {
            using var expected = ClassifierReference.Train(start.Model(k), x, t, kept[k], batches, options);
            Assert.True(Distance(expected, run.Stack.Model(k)) < 1e-9);
        }
    }

    [Fact]
    public void Run_OneStep_MovesTheBiasTowardsTheTargetByHand()
    {
        // An input of 0: z = b = 0, p = 1/2 each, and a step of rate η adds η(t − p).
        using var scope = NewDisposeScope();
        var examples = new ClassifierExamples(zeros([1, 2], dtype: ScalarType.Float64), tensor(new[] { .9, .1 }, [1, 2]));
        using var run = ClassifierTrainer.Run(
            new ClassifierShape(2, [], 2), examples, [[true]], [1], 0, Options with { Epochs = 1, WeightDecay = 0, LearningRate = .5 });
        var bias = run.Stack.Model(0).Biases[0].data<double>().ToArray();
        Assert.Equal(.2, bias[0], 12);
        Assert.Equal(-.2, bias[1], 12);
    }

    [Fact]
    public void Run_LabelsAsDistributions_EqualsLabels()
    {
        using var scope = NewDisposeScope();
        var (x, y, shape) = (Uniform(N, 4, 1), Labels(), new ClassifierShape(4, [5], 3));
        bool[][] all = [[.. Enumerable.Repeat(true, N)]];
        using var labels = ClassifierTrainer.Run(shape, x, y, all, [1], 3, Options with { BatchSize = 7 });
        using var soft = ClassifierTrainer.Run(shape, ClassifierExamples.Labelled(x, y, 3), all, [1], 3, Options with { BatchSize = 7 });
        Assert.Equal(0, Distance(labels.Stack.Model(0), soft.Stack.Model(0)));
    }

    [Fact]
    public void Distilled_WithLabels_MixesBothAsTheShareSays()
    {
        using var scope = NewDisposeScope();
        var (x, y) = (Uniform(N, 4, 1), Labels());
        using var teacher = new Classifier(new ClassifierShape(4, [], 3), [Uniform(3, 4, 5)], [Uniform(1, 3, 6).reshape(3)]);
        var mixed = ClassifierExamples.Distilled(teacher, x, y, .3).And(ClassifierExamples.Distilled(teacher, x));
        Assert.Equal([2 * N, 4], mixed.Features.shape);
        for (var i = 0; i < N; i++)
        {
            double[] z = [.. Enumerable.Range(0, 3).Select(c => At(teacher.Biases[0], c)
                + Enumerable.Range(0, 4).Sum(f => At(teacher.Weights[0].select(0, c), f) * At(x.select(0, i), f)))];
            for (var c = 0; c < 3; c++)
            {
                var p = Math.Exp(z[c]) / z.Sum(Math.Exp);
                Assert.Equal((.7 * p) + (i % 3 == c ? .3 : 0), At(mixed.Targets.select(0, i), c), 12);
                Assert.Equal(p, At(mixed.Targets.select(0, N + i), c), 12);
            }
        }
        Assert.Throws<ArgumentException>(() => ClassifierExamples.Distilled(teacher, x, null, .5));
        Assert.Throws<ArgumentException>(() => ClassifierExamples.Distilled(teacher, x, y, 1.5));
    }

    [Fact]
    public void Run_DistilledFromATeacher_ComesToItsProbabilities()
    {
        using var scope = NewDisposeScope();
        var (x, shape) = (Uniform(60, 4, 1), new ClassifierShape(4, [], 3));
        using var teacher = new Classifier(shape, [Uniform(3, 4, 5)], [Uniform(1, 3, 6).reshape(3)]);
        using var run = ClassifierTrainer.Run(
            shape, ClassifierExamples.Distilled(teacher, x), [[.. Enumerable.Repeat(true, 60)]], [9], 0,
            Options with { WeightDecay = 0, LearningRate = .5, Epochs = 3_000 });
        var gap = run.Stack.Model(0).Forward(x).softmax(-1).sub(teacher.Forward(x).softmax(-1)).abs().max().item<double>();
        Assert.True(gap < 1e-4, $"same architecture, convex loss: the answers differ by {gap:g3}");
    }

    [Fact]
    public void Run_NoEpochs_LeavesTheFreshWeightsAsTheOnlyCheckpoint()
    {
        using var scope = NewDisposeScope();
        var shape = new ClassifierShape(4, [5], 3);
        var options = Options with { Epochs = 0, Checkpoints = 4, Optimizer = ClassifierOptimizer.AdamW };
        using var run = ClassifierTrainer.Run(shape, Uniform(N, 4, 1), Labels(), [[.. Enumerable.Repeat(true, N)]], [7], 0, options, keepCheckpoints: true);
        using var start = ClassifierStack.Create(shape, [7], ScalarType.Float64);
        var point = Assert.Single(run.Checkpoints[0]);
        Assert.Equal((0, 0, .05), (point.Step, point.Steps, point.LearningRate));
        Assert.Null(point.SecondMoments);
        Assert.Equal(0, Distance(start.Model(0), point.Model));
    }

    [Fact]
    public void Run_TargetsThatAreNoDistributions_NamesAllFaults()
    {
        using var scope = NewDisposeScope();
        var shape = new ClassifierShape(4, [], 3);
        Assert.Contains("2 rows of targets", Message(Uniform(3, 4, 1), tensor(new[] { .5, .5, 0, .5, .6, 0, 1.5, -.5, 0 }, [3, 3])), StringComparison.Ordinal);
        Assert.Contains("1 rows", Message(Uniform(1, 4, 1), tensor(new[] { double.NaN, 1, 0 }, [1, 3])), StringComparison.Ordinal);
        var both = Message(Uniform(3, 5, 1), Uniform(2, 3, 1));
        Assert.Contains("features are (3, 5), not (N, 4)", both, StringComparison.Ordinal);
        Assert.Contains("targets are (2, 3), not (3, 3)", both, StringComparison.Ordinal);

        string Message(Tensor x, Tensor t) => Assert.Throws<UsageException>(() => ClassifierTrainer.Run(
            shape, new ClassifierExamples(x, t), [[.. Enumerable.Repeat(true, (int)x.shape[0])]], [1], 0, Options)).Message;
    }

    private static Tensor Uniform(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        return tensor(Enumerable.Range(0, rows * columns).Select(_ => random.NextDouble() * 4 - 2).ToArray(), [rows, columns], dtype: ScalarType.Float64);
    }

    private static Tensor Labels() => tensor(Enumerable.Range(0, N).Select(i => (long)(i % 3)).ToArray(), [N], dtype: ScalarType.Int64);

    private static double At(Tensor vector, int i) => vector.select(0, i).item<double>();

    private static double Distance(Classifier a, Classifier b) =>
        a.Weights.Concat(a.Biases).Zip(b.Weights.Concat(b.Biases)).Max(pair => pair.First.sub(pair.Second).abs().max().item<double>());
}
