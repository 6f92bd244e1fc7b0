using Tda.ProxyTrainer.Optimizers;
using Tda.Scoring.Hypergradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Hypergradients;

/// <summary>
/// Every strategy against what it stands for: DARTS and SAMA against finite differences of one whole step, neumann and cg against
/// finite differences of a training to its end and against a ridge regression's closed form.
/// </summary>
public class HypergradientTests
{
    private const double Nudge = 1e-4;

    public HypergradientTests() => set_num_threads(1);

    public static TheoryData<HypergradientKind> Kinds => [.. Enum.GetValues<HypergradientKind>()];

    [Theory]
    [InlineData(HypergradientKind.Darts)]
    [InlineData(HypergradientKind.Sama)]
    public void OfExamples_OneStep_EqualsFiniteDifferencesOfTheWholeStep(HypergradientKind kind)
    {
        using var scope = NewDisposeScope();
        var problem = Classifier(ScalarType.Float64);
        int[] examples = [.. Enumerable.Range(0, problem.Examples)];
        double[] weights = [.. examples.Select(i => 0.4 + (i % 5 * 0.3))];
        using var adam = new AdamW(problem.Parameters, weightDecay: 0.01);
        for (var warm = 0; warm < 3; warm++)
        {
            // Moments of a training under way.
            using var gradient = problem.Gradient(examples[..10], weights[..10]);
            adam.Step(gradient, 0.02);
        }

        var at = problem.Parameters.Flat.clone();
        var (mean, square) = (adam.Mean.clone(), adam.Square.clone());
        double Whole(double[] w)
        {
            problem.Parameters.Flat.copy_(at);
            adam.Mean.copy_(mean);
            adam.Square.copy_(square);
            adam.Steps = 3;
            using var gradient = problem.Gradient(examples, w);
            if (kind == HypergradientKind.Darts)
            {
                problem.Parameters.Flat.sub_(gradient.mul(0.05));
            }
            else
            {
                adam.Step(gradient, 0.05);
            }

            var (loss, v) = problem.Meta(null);
            v.Dispose();
            return loss;
        }

        double[] expected = [.. examples.Select(i => (Whole(Nudged(weights, i, Nudge)) - Whole(Nudged(weights, i, -Nudge))) / (2 * Nudge))];

        Whole(weights);
        var after = problem.Meta(null).Gradient;
        adam.Mean.copy_(mean);
        adam.Square.copy_(square);
        adam.Steps = 3;
        problem.Parameters.Flat.copy_(at);
        using var g = problem.Gradient(examples, weights);
        var step = Step(problem, examples, weights, after) with { LearningRate = 0.05, Derivative = adam.StepDerivative(g, 0.05) };
        var options = new HypergradientOptions { Kind = kind, Perturbation = 1e-3 };
        var actual = CentralDifference.OfExamples(step, options.Create().Direction(step), options.Perturbation);
        Assert.True(Error(expected, actual) <= 1e-3, $"relative error {Error(expected, actual):g3}");
    }

    [Theory]
    [InlineData(HypergradientKind.Cg, 60)]
    [InlineData(HypergradientKind.Neumann, 300)]
    public void OfExamples_TrainedToTheEnd_EqualsFiniteDifferencesOfTheTraining(HypergradientKind kind, int terms)
    {
        using var scope = NewDisposeScope();
        var problem = new RidgeProblem(12, 5, 0.1, 3);
        int[] examples = [.. Enumerable.Range(0, 12)];
        double[] weights = [.. examples.Select(i => 0.5 + (i * 0.1))];
        double Whole(double[] w)
        {
            // Plain gradient descent until nothing moves.
            problem.Parameters.Flat.zero_();
            for (var k = 0; k < 300; k++)
            {
                using var g = problem.Gradient(examples, w);
                problem.Parameters.Flat.sub_(g.mul(0.2));
            }

            return problem.Meta(null).Loss;
        }

        double[] expected = [.. examples.Select(i => (Whole(Nudged(weights, i, Nudge)) - Whole(Nudged(weights, i, -Nudge))) / (2 * Nudge))];

        Whole(weights);
        var step = Step(problem, examples, weights, problem.Meta(null).Gradient);
        var actual = Of(step, new HypergradientOptions { Kind = kind, Terms = terms, Damping = 0 });
        Assert.True(Error(expected, actual) <= 1e-3, $"relative error {Error(expected, actual):g3}");
    }

    [Theory]
    [InlineData(HypergradientKind.Cg, 8, 0.02)]
    [InlineData(HypergradientKind.Neumann, 30, 0.1)]
    public void OfExamples_RidgeRegression_EqualsItsClosedForm(HypergradientKind kind, int terms, double tolerance)
    {
        for (var seed = 0; seed < 5; seed++)
        {
            using var scope = NewDisposeScope();
            var problem = new RidgeProblem(40, 8, 0.1, seed);
            int[] examples = [.. Enumerable.Range(0, 40)];
            double[] weights = [.. examples.Select(i => 1 + (0.5 * Math.Sin(i)))];
            var expected = problem.ClosedForm(weights);
            var step = Step(problem, examples, weights, problem.Meta(null).Gradient);
            var actual = Of(step, new HypergradientOptions { Kind = kind, Terms = terms, Damping = 0 });
            Assert.True(Error(expected, actual) <= tolerance, $"seed {seed}: relative error {Error(expected, actual):g3}");
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void OfExamples_Afterwards_WeightsAreTheSameBits(HypergradientKind kind)
    {
        using var scope = NewDisposeScope();
        var problem = Classifier(ScalarType.Float32);
        int[] examples = [.. Enumerable.Range(0, problem.Examples)];
        double[] weights = [.. examples.Select(_ => 1.0)];
        var before = problem.Parameters.Flat.data<float>().ToArray();

        Of(Step(problem, examples, weights, problem.Meta(null).Gradient), new HypergradientOptions { Kind = kind, Terms = 3 });
        Assert.Equal(before.Select(BitConverter.SingleToInt32Bits), problem.Parameters.Flat.data<float>().ToArray().Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void Evaluate_ThatThrows_LeavesTheSameBits()
    {
        using var scope = NewDisposeScope();
        var problem = new RidgeProblem(4, 3, 0.1, 0);
        problem.Solve([1, 1, 1, 1]);
        var before = problem.Parameters.Flat.data<double>().ToArray();
        var step = Step(problem, [0, 1], [1, 1], problem.Meta(null).Gradient);
        Assert.Throws<InvalidOperationException>(() =>
            CentralDifference.Evaluate<object>(step, step.MetaGradient, 0.01, () => throw new InvalidOperationException()));
        Assert.Equal(before, problem.Parameters.Flat.data<double>().ToArray());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void OfExamples_AnotherOrderOfExamples_SameHypergradients(HypergradientKind kind)
    {
        using var scope = NewDisposeScope();
        var problem = new RidgeProblem(10, 4, 0.1, 1);
        double[] weights = [.. Enumerable.Range(0, 10).Select(i => 0.5 + (0.1 * i))];
        problem.Solve(weights);
        var v = problem.Meta(null).Gradient;
        var options = new HypergradientOptions { Kind = kind, Terms = 5 };
        int[] order = [.. Enumerable.Range(0, 10)], other = SplitMix64.Of(4).Permutation(10);
        var expected = Of(Step(problem, order, weights, v), options);
        var actual = Of(Step(problem, other, [.. other.Select(i => weights[i])], v), options);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(expected[other[i]], actual[i], 9);
        }
    }

    [Fact]
    public void OfExamples_ByHand_MoreWeightOnWhatTheMetaSetSaysIsGood()
    {
        // θ = 0; example 0 pulls θ up, example 1 down, and the meta objective falls as θ rises: ∂L/∂w₀ < 0 < ∂L/∂w₁.
        using var scope = NewDisposeScope();
        var problem = new RidgeProblem(2, 1, 0, 0);
        var step = Step(problem, [0, 1], [1, 1], tensor(new[] { 1.0 }));
        double[] slopes = [.. Enumerable.Range(0, 2).Select(i =>
        {
            using var g = problem.Gradient([i], [1]);
            return g.item<double>();
        })];
        var actual = Of(step, new HypergradientOptions { Kind = HypergradientKind.Darts });
        Assert.Equal(-slopes[0] / 2, actual[0], 9);
        Assert.Equal(-slopes[1] / 2, actual[1], 9);
    }

    [Fact]
    public void Create_OptionsOutOfRange_NamesAll()
    {
        var error = Assert.Throws<UsageException>(() => new HypergradientOptions { Perturbation = 0, Terms = 0, Damping = -1 }.Create());
        Assert.All(["perturbation", "terms", "damping"], word => Assert.Contains(word, error.Message));
    }

    private static double[] Of(HypergradientStep step, HypergradientOptions options)
    {
        var hypergradient = options.Create();
        var whole = step with { Derivative = hypergradient.NeedsDerivative ? ones_like(step.At) : null };
        return CentralDifference.OfExamples(whole, hypergradient.Direction(whole), options.Perturbation);
    }

    private static HypergradientStep Step(IWeightedProblem problem, int[] examples, double[] weights, Tensor v) =>
        new() { Problem = problem, Examples = examples, Weights = weights, At = problem.Parameters.Flat.clone(), MetaGradient = v };

    private static NoisyClassifier Classifier(ScalarType type) => new(20, 8, 3, 4, 6, 0.4, 0.8, 2, type);

    private static double[] Nudged(double[] weights, int at, double by) => [.. weights.Select((w, i) => i == at ? w + by : w)];

    private static double Error(double[] expected, double[] actual) =>
        Math.Sqrt(expected.Zip(actual, (e, a) => (e - a) * (e - a)).Sum() / expected.Sum(e => e * e));
}
