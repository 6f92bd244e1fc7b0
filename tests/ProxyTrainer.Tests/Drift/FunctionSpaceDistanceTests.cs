using Tda.ProxyTrainer.Drift;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tests.Models;
using Tda.ProxyTrainer.Training;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Drift;

public class FunctionSpaceDistanceTests
{
    public FunctionSpaceDistanceTests() => set_num_threads(1);

    [Theory]
    [InlineData(ModelFamily.Llama)]
    [InlineData(ModelFamily.Gpt2)]
    public void Between_SixtyPerturbations_RanksThemAsTheDistanceOnDataDoes(ModelFamily family)
    {
        using var model = TinyModels.Create(family, ScalarType.Float32);
        TrainingExample[] data = [.. Enumerable.Range(0, 60).Select(i => Example([.. TinyModels.Ids(i, 14)]))]; // not what the model would write
        List<double> estimates = [], distances = [], divergences = [], trueDivergences = [];
        for (var i = 0; i < 60; i++)
        {
            using var other = Perturbed(model, i, .002 * Math.Pow(60, i % 12 / 11.0));
            var estimate = FunctionSpaceDistance.Between(model, other, "other", new DistanceOptions { Sequences = 24, Length = 15 });
            var exact = FunctionSpaceDistance.Over(model, other, "other", data);
            estimates.Add(estimate.Logits);
            distances.Add(exact.Logits);
            divergences.Add(estimate.NatsPerToken);
            trueDivergences.Add(exact.NatsPerToken);
        }

        Assert.True(Correlation.Spearman(estimates, distances) >= .95, $"logits: Spearman {Correlation.Spearman(estimates, distances):F3}");
        Assert.True(Correlation.Spearman(divergences, trueDivergences) >= .95, $"KL: Spearman {Correlation.Spearman(divergences, trueDivergences):F3}");
    }

    [Fact]
    public void Over_OneSequence_IsTheSumOverPlaces()
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        using var one = TinyModels.Create(ModelFamily.Llama);
        using var two = TinyModels.Create(ModelFamily.Llama, seed: 8);
        var ids = TinyModels.Ids(4, 9);
        var (first, second) = (one.Forward(TinyModels.Tensor(ids[..^1]))[0], two.Forward(TinyModels.Tensor(ids[..^1]))[0]);
        var (squared, nats) = (0.0, 0.0);
        for (var place = 0; place < 8; place++)
        {
            var (p, q) = (Softmax(TinyModels.Values(first[place])), Softmax(TinyModels.Values(second[place])));
            nats += p.Zip(q, (a, b) => a * Math.Log(a / b)).Sum();
            double[] difference = [.. TinyModels.Values(first[place]).Zip(TinyModels.Values(second[place]), (a, b) => a - b)];
            squared += difference.Sum(d => Math.Pow(d - difference.Average(), 2));
        }

        var found = FunctionSpaceDistance.Over(one, two, "two", [Example(ids)]);
        Assert.Equal(nats / 8, found.NatsPerToken, 9);
        Assert.Equal(Math.Sqrt(squared / 8), found.Logits, 9);
        Assert.Equal(8, found.Tokens);
        Assert.Equal(0, FunctionSpaceDistance.Over(one, one, "itself", [Example(ids)]).NatsPerToken, 12);
    }

    [Fact]
    public void Between_OtherVocabulary_IsRefused()
    {
        using var one = TinyModels.Create(ModelFamily.Llama);
        using var two = LanguageModel.Create(TinyModels.Config(ModelFamily.Llama) with { VocabularySize = 24 }, 1, dtype: ScalarType.Float64);
        Assert.Contains("23 and 24 tokens", Assert.Throws<UsageException>(() => FunctionSpaceDistance.Between(one, two, "two", new())).Message);
        Assert.Throws<UsageException>(() => FunctionSpaceDistance.Between(one, one, "one", new() { Sequences = 0 }));
    }

    private static TrainingExample Example(int[] ids) => new(ids, [.. ids.Select(_ => 1f)]);

    private static double[] Softmax(double[] logits) => [.. logits.Select(x => Math.Exp(x) / logits.Sum(Math.Exp))];

    private static LanguageModel Perturbed(LanguageModel model, int seed, double size)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var other = model.Clone();
        other.Flat.add_(tensor(SplitMix64.Of(seed, "perturbed").Normals(model.Flat.numel(), size)).to_type(model.DType));
        return other;
    }
}
