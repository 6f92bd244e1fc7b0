using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Optimizers;
using Tda.Scoring.Hypergradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Hypergradients;

public class WeightLearnerTests
{
    private const int Epochs = 30;

    public WeightLearnerTests() => set_num_threads(1);

    [Theory]
    [InlineData(HypergradientKind.Sama)]
    [InlineData(HypergradientKind.Darts)]
    public void Step_FortyPercentWrongLabels_FindsThemAndGainsAccuracy(HypergradientKind kind)
    {
        using var scope = NewDisposeScope();
        var plain = Noisy();
        Train(plain, Plan(plain.Examples));
        var baseline = plain.Accuracy();

        var problem = Noisy();
        using var weights = new GroupWeights([.. Enumerable.Range(0, problem.Examples)], problem.Examples);
        var w = Learn(problem, weights, kind);
        var accuracy = problem.Accuracy();
        var auroc = Ranking.Auroc([.. w.Select(x => -x)], problem.Noisy);
        TestContext.Current.SendDiagnosticMessage($"{kind}: {baseline} -> {accuracy}, AUROC {auroc}");
        Assert.True(accuracy >= baseline + .2 && auroc >= .85, $"accuracy {baseline:f3} to {accuracy:f3}, AUROC of the wrong {auroc:f3}");
    }

    [Fact]
    public void Step_NetworkOfTheLoss_WeighsWrongLabelsDownAsWell()
    {
        using var scope = NewDisposeScope();
        var problem = Noisy();
        using var weights = new LossNetworkWeights(16, seed: 1);
        var w = Learn(problem, weights, HypergradientKind.Sama, epochs: 6); // later the losses of wrong labels are small too
        var auroc = Ranking.Auroc([.. w.Select(x => -x)], problem.Noisy);
        TestContext.Current.SendDiagnosticMessage($"network: AUROC {auroc}");
        Assert.True(auroc >= .85, $"AUROC of the wrong {auroc:f3}");
    }

    [Fact]
    public void Step_Twice_GivesTheSameBits()
    {
        double[] Once()
        {
            using var scope = NewDisposeScope();
            var problem = Noisy();
            using var weights = new GroupWeights([.. Enumerable.Range(0, problem.Examples)], problem.Examples);
            return Learn(problem, weights, HypergradientKind.Sama, epochs: 1);
        }

        Assert.Equal(Once(), Once());
    }

    [Fact]
    public void Of_Groups_GradientIsTheSumOfTheirExamples()
    {
        using var scope = NewDisposeScope();
        using var alone = new GroupWeights([0, 1, 2, 3], 4);
        using var groups = new GroupWeights([0, 1, 0, 1], 2);
        int[] examples = [3, 0, 2, 1];
        double[] by = [.5, -1, 2, .25];
        double[] Slopes(GroupWeights weights) => Autograd.Grad([weights.Of(examples, [])], [weights.Parameters], [tensor(by)])[0].data<double>().ToArray();
        var expected = Slopes(alone);
        Assert.Equal([-1 / 2.0, .25 / 2, 2 / 2.0, .5 / 2], expected); // dw/da = w(1 − w/2) = ½ where a = 0
        Assert.Equal([expected[0] + expected[2], expected[1] + expected[3]], Slopes(groups));
        Assert.All(alone.Of(examples, []).data<double>().ToArray(), w => Assert.Equal(1, w));
    }

    [Fact]
    public void New_BatchesOfOneExample_AreRefused()
    {
        using var scope = NewDisposeScope();
        var problem = Noisy();
        using var weights = new GroupWeights([.. Enumerable.Range(0, problem.Examples)], problem.Examples);
        Assert.Contains("nothing to weigh it against", Assert.Throws<UsageException>(
            () => new WeightLearner(problem, weights, [[0], [1]], new WeightLearnerOptions())).Message);
    }

    private static NoisyClassifier Noisy() => new(600, 60, 5, 40, 64, 0.4, 1.6, 5);

    private static double[] Learn(NoisyClassifier problem, IExampleWeights weights, HypergradientKind kind, int epochs = Epochs)
    {
        var options = new WeightLearnerOptions { Hypergradient = new HypergradientOptions { Kind = kind }, LearningRate = 0.01, MetaLearningRate = 0.1, MetaBatch = 0 };
        using var learner = new WeightLearner(problem, weights, [.. Plan(problem.Examples).Take(epochs * (problem.Examples / 50))], options);
        while (learner.Steps < learner.Count)
        {
            learner.Step();
        }

        return learner.WeightsOf([.. Enumerable.Range(0, problem.Examples)]);
    }

    private static void Train(NoisyClassifier problem, IReadOnlyList<int[]> plan)
    {
        using var adam = new AdamW(problem.Parameters);
        foreach (var rows in plan)
        {
            using var g = problem.Gradient(rows, [.. rows.Select(_ => 1.0)]);
            adam.Step(g, 0.01);
        }
    }

    private static IReadOnlyList<int[]> Plan(int examples) =>
        [.. Enumerable.Range(0, Epochs).SelectMany(epoch => SplitMix64.Of(1, $"{epoch}").Permutation(examples).Chunk(50))];
}
