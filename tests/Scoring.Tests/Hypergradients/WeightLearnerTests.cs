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

    private static NoisyClassifier Noisy() => new(600, 60, 5, 40, 64, 0.4, 1.6, 5);

    private static double[] Learn(NoisyClassifier problem, IExampleWeights weights, HypergradientKind kind)
    {
        var options = new WeightLearnerOptions { Hypergradient = new HypergradientOptions { Kind = kind }, LearningRate = 0.01, MetaLearningRate = 0.1, MetaBatch = 0 };
        using var learner = new WeightLearner(problem, weights, Plan(problem.Examples), options);
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
