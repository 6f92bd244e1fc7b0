using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tests.Models;
using Tda.ProxyTrainer.Training;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Training;

public sealed class TargetBatchTests : IDisposable
{
    private const int Vocabulary = 23;
    private readonly IDisposable _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(1.0)]
    [InlineData(2.5)]
    public void Divergences_RunsOfAnyLength_EqualASlowReference(double temperature)
    {
        var example = Example(3, temperature: temperature);
        var batch = Batch.Collate([example], [0], CPU, ScalarType.Float64);
        var logits = Logits(batch.Count, 5);
        var divergences = TinyModels.Values(batch.Targets!.Divergences(logits));

        var expected = example.Targets!.Runs.OrderBy(run => run.Count > 1).Select(run => Divergence(example, run, logits, temperature)).ToArray();
        TinyModels.AssertClose(expected, divergences, 1e-12);
        Assert.All(divergences, value => Assert.True(value >= 0));
    }

    [Fact]
    public void Divergences_EvenLogitsOfFourTokens_AsByHand()
    {
        var example = new TrainingExample([0, 1, 2, 3], [0, 1, 1, 1])
        {
            Targets = new SoftTargets(1, 1, [new TargetRun(1, 1, [1], [.5]), new TargetRun(2, 2, [], [.25])]),
        };
        var batch = Batch.Collate([example], [0], CPU, ScalarType.Float64);
        var divergences = TinyModels.Values(batch.Targets!.Divergences(zeros([3, 4], ScalarType.Float64)));

        // One token: ½ for the token and ½ for the rest, against ¼ and ¾. Two tokens: ¼ and ¾ against 1/16 and 15/16.
        Assert.Equal((.5 * Math.Log(.5 / .25)) + (.5 * Math.Log(.5 / .75)), divergences[0], 12);
        Assert.Equal((.25 * Math.Log(4)) + (.75 * Math.Log(.75 * 16 / 15)), divergences[1], 12);
    }

    [Fact]
    public void Divergences_WholeVocabularyNamed_IsTheDivergenceOfTwoDistributions()
    {
        var p = Softmax(TinyModels.Values(Logits(1, 8)));
        int[] ids = [4, .. Enumerable.Range(0, Vocabulary).Where(id => id != 4)];
        var example = new TrainingExample([0, 4], [0, 1]) { Targets = new SoftTargets(1, 1, [new TargetRun(1, 1, ids, [.. ids.Select(id => p[id])])]) };
        var logits = Logits(1, 9);
        var q = Softmax(TinyModels.Values(logits));

        var divergence = Batch.Collate([example], [0], CPU, ScalarType.Float64).Targets!.Divergences(logits).item<double>();

        Assert.Equal(p.Zip(q).Sum(pair => pair.First * Math.Log(pair.First / pair.Second)), divergence, 10);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(3.0)]
    public void Loss_Gradient_EqualsFiniteDifferences(double temperature)
    {
        TrainingExample[] examples = [Example(3, temperature: temperature), Example(4, temperature: temperature)];
        var batch = Batch.Collate(examples, [0, 1], CPU, ScalarType.Float64);
        var values = TinyModels.Values(Logits(batch.Count, 6));
        using var logits = tensor(values, [batch.Count, Vocabulary], requires_grad: true);
        batch.Targets!.Loss(logits).backward();
        var gradient = TinyModels.Values(logits.grad!);

        const double step = 1e-6;
        double At(int i, double by)
        {
            var moved = values.ToArray();
            moved[i] += by;
            return batch.Targets.Loss(tensor(moved, [batch.Count, Vocabulary])).item<double>();
        }

        TinyModels.AssertClose([.. values.Select((_, i) => (At(i, step) - At(i, -step)) / (2 * step))], gradient, 1e-7);
        Assert.Contains(gradient, g => Math.Abs(g) > 1e-3);
    }

    [Fact]
    public void Loss_ClosedModelSaysMore_PullsTheProbabilityUp()
    {
        // Sign: a token to which the closed model gives more than the surrogate (1/23) gains by a step down the gradient.
        var example = new TrainingExample([0, 4], [0, 1]) { Targets = new SoftTargets(1, 1, [new TargetRun(1, 1, [4, 7], [.5, .01])]) };
        using var logits = zeros([1, Vocabulary], ScalarType.Float64, requires_grad: true);
        Batch.Collate([example], [0], CPU, ScalarType.Float64).Targets!.Loss(logits).backward();
        var gradient = TinyModels.Values(logits.grad!);

        Assert.Equal((1.0 / Vocabulary) - .5, gradient[4], 12);
        Assert.Equal((1.0 / Vocabulary) - .01, gradient[7], 12);
    }

    [Fact]
    public void Loss_SurrogateIsSureInFloat_StaysFinite()
    {
        var example = Example(3);
        var batch = Batch.Collate([example], [0], CPU);
        using var logits = zeros([batch.Count, Vocabulary]);
        for (var label = 0; label < batch.Count; label++)
        {
            logits[label, batch.Labels[label].item<long>()] = 60; // 1 − q is below what float can tell from 1
        }

        logits.requires_grad_(true);
        var loss = batch.Targets!.Loss(logits);
        loss.backward();
        Assert.True(double.IsFinite(loss.item<float>()));
        Assert.All(TinyModels.Values(logits.grad!), g => Assert.True(double.IsFinite(g) && Math.Abs(g) <= 2, $"{g}"));
        Assert.Contains(TinyModels.Values(logits.grad!), g => g != 0);
    }

    [Fact]
    public void Sum_ShareOfTheLoss_IsWeightedBetweenBothParts()
    {
        using var model = TinyModels.Create(ModelFamily.Llama);
        var plain = Example(3) with { Targets = null };
        var whole = Loss(model, Example(3, share: 1));
        var none = Loss(model, Example(3, share: 0));
        Assert.Equal(Loss(model, plain), none, 12);

        // Labels 1, 2 and 3, 4, 5 are in runs, 6 is not: its cross-entropy counts in whole.
        var outside = Loss(model, plain with { LabelWeights = [0, 0, 0, 0, 0, 0, 1] }) / plain.LabelCount;
        double hard = none - outside, soft = whole - outside;
        Assert.Equal(outside + (.3 * soft) + (.7 * hard), Loss(model, Example(3, share: .3f)), 6);
    }

    [Fact]
    public void PerRow_AnyBatchOrderAndPadding_SameDivergences()
    {
        using var model = TinyModels.Create(ModelFamily.Llama);
        TrainingExample[] examples = [Example(3), Example(4, length: 9), Example(5) with { Targets = null }, Example(6)];
        double[] Divergences(int[] rows)
        {
            var batch = Batch.Collate(examples, rows, CPU, ScalarType.Float64);
            var sums = new double[examples.Length];
            var values = batch.Targets is null ? [] : TinyModels.Values(batch.Targets.Divergences(TokenLoss.Logits(model, batch)));
            for (var run = 0; run < values.Length; run++)
            {
                sums[rows[batch.Targets!.Rows[run]]] += values[run];
            }

            return sums;
        }

        var together = Divergences([0, 1, 2, 3]);
        Assert.Equal(0, together[2]);
        TinyModels.AssertClose(together, Divergences([3, 2, 1, 0]), 1e-12);
        TinyModels.AssertClose(together, [.. Enumerable.Range(0, 4).Select(row => Divergences([row])[row])], 1e-12);
    }

    [Fact]
    public void ShardedGradient_WithTargets_EqualsTheWholeBatch()
    {
        using var model = TinyModels.Create(ModelFamily.Llama);
        TrainingExample[] examples = [Example(3), Example(4, length: 9), Example(5) with { Targets = null }, Example(6)];
        int[] rows = [0, 1, 2, 3];
        (var loss, var gradient) = ShardedGradient.Of(model, examples, rows, new TrainingOptions());
        (var sharded, var sum) = ShardedGradient.Of(model, examples, rows, new TrainingOptions { GradientShards = 2 });
        Assert.Equal(loss, sharded, 12);
        TinyModels.AssertClose(TinyModels.Values(gradient), TinyModels.Values(sum), 1e-12);
    }

    [Fact]
    public void Collate_TargetsThatCannotBe_Throw()
    {
        var example = Example(3);
        Assert.Throws<ArgumentException>(() => Collate(example with { LabelWeights = [0, 1, -1, 1, 1, 1, 1] }));
        Assert.Throws<ArgumentException>(() => Collate(example with { LabelWeights = [0, 0, 1, 1, 1, 1, 1] }));
        Assert.Throws<ArgumentException>(() => Collate(example, Example(4, temperature: 2)));

        static Batch Collate(params TrainingExample[] examples) => Batch.Collate(examples, [.. Enumerable.Range(0, examples.Length)], CPU);
    }

    // Two runs of one token, the first with alternatives, one of three tokens, and tokens in none.
    private static TrainingExample Example(int seed, float share = 1, double temperature = 1, int length = 7)
    {
        var tokens = TinyModels.Ids(seed, length);
        int[] others = [.. Enumerable.Range(0, Vocabulary).Where(id => id != tokens[1]).Skip(seed).Take(3)];
        return new TrainingExample(tokens, [0, .. Enumerable.Repeat(1f, length - 1)])
        {
            Targets = new SoftTargets(share, temperature,
            [
                new TargetRun(1, 1, [tokens[1], .. others], [.3, .2, .15, .05]),
                new TargetRun(2, 1, [tokens[2]], [.6]),
                new TargetRun(3, 3, [], [.07]),
            ]),
        };
    }

    private static Tensor Logits(int rows, int seed)
    {
        var random = new Random(seed);
        return tensor([.. Enumerable.Range(0, rows * Vocabulary).Select(_ => 4 * (random.NextDouble() - .5))], [rows, Vocabulary]);
    }

    private static double Loss(LanguageModel model, TrainingExample example) =>
        TokenLoss.Sum(model, Batch.Collate([example], [0], CPU, ScalarType.Float64), 1e-12).item<double>();

    /// <summary>One run, token by token, in doubles.</summary>
    private static double Divergence(TrainingExample example, TargetRun run, Tensor logits, double temperature)
    {
        double[][] q = [.. Enumerable.Range(run.Start - 1, run.Count).Select(label => Softmax(TinyModels.Values(logits[label])))];
        double[] named = run.Count == 1
            ? [.. run.Ids.Select(id => q[0][id])]
            : [Enumerable.Range(0, run.Count).Select(t => q[t][example.Tokens[run.Start + t]]).Aggregate((x, y) => x * y)];
        return temperature * temperature * Temper([.. run.Probabilities, 1 - run.Probabilities.Sum()])
            .Zip(Temper([.. named, 1 - named.Sum()]), (p, other) => p * Math.Log(p / other)).Sum();

        double[] Temper(double[] buckets)
        {
            var total = buckets.Sum(p => Math.Pow(p, 1 / temperature));
            return [.. buckets.Select(p => Math.Pow(p, 1 / temperature) / total)];
        }
    }

    private static double[] Softmax(double[] logits)
    {
        var total = logits.Sum(Math.Exp);
        return [.. logits.Select(logit => Math.Exp(logit) / total)];
    }
}
