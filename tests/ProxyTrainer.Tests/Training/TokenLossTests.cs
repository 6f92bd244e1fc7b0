using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tests.Models;
using Tda.ProxyTrainer.Training;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Training;

public sealed class TokenLossTests : IDisposable
{
    private readonly IDisposable _scope = NewDisposeScope();
    private readonly LanguageModel _model = TinyModels.Create(ModelFamily.Llama);

    public void Dispose()
    {
        _model.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Mean_WeightedLabels_IsWeightedSumOverLabelCount()
    {
        var example = Example(0, 1, 0, 2, 0.5f);
        var logits = new ReferenceModel(_model).Logits(example.Tokens);
        double Nll(int label)
        {
            var l = logits[label - 1];
            return Math.Log(l.Sum(Math.Exp)) - l[example.Tokens[label]];
        }

        var expected = ((1 * Nll(1)) + (2 * Nll(3)) + (0.5 * Nll(4))) / 3;
        Assert.Equal(expected, Loss(example), 9);
    }

    [Fact]
    public void Mean_DoubledWeights_DoubleTheGradient()
    {
        var once = Gradient(Example(0, 1, 0, 1, 1));
        var twice = Gradient(Example(0, 2, 0, 2, 2));
        TinyModels.AssertClose([.. once.Select(g => 2 * g)], twice, 1e-13);
    }

    [Fact]
    public void Mean_MaskedLabel_PushesItsProbabilityDown()
    {
        var keep = Gradient(Example(0, 0, 0, 1, 0));
        var suppress = Gradient(Example(0, 0, 0, -1.5f, 0));
        TinyModels.AssertClose([.. keep.Select(g => -1.5 * g)], suppress, 1e-13);
    }

    [Fact]
    public void Mean_MaskedLabelBelowFloor_HasNoGradient()
    {
        var masked = Example(0, 0, 0, -1, 0);
        var probability = Math.Exp(-Loss(Example(0, 0, 0, 1, 0)));
        Assert.Contains(Gradient(masked, floor: probability * 0.99), g => g != 0);
        Assert.All(Gradient(masked, floor: probability * 1.01), g => Assert.Equal(0, g));
        // A label that is to be learnt isn't touched by the floor.
        Assert.Contains(Gradient(Example(0, 0, 0, 1, 0), floor: probability * 1.01), g => g != 0);
    }

    [Fact]
    public void Collate_ManyRows_PairsLabelsWithTheirPositions()
    {
        TrainingExample[] examples = [Example(0, 1, 0, 2, 0.5f), new([7, 8], [0, 1])];
        var batch = Batch.Collate(examples, [1, 0], CPU);
        Assert.Equal([2, 4], batch.Ids.shape);
        Assert.Equal([7L, 0, 0, 0, .. examples[0].Tokens[..4].Select(t => (long)t)], batch.Ids.data<long>().ToArray());
        Assert.Equal([0L, 4, 6, 7], batch.Positions.data<long>().ToArray());
        Assert.Equal([0, 1, 1, 1], batch.LabelRows);
        Assert.Equal([1f, 1f, 2f, 0.5f], batch.Weights.data<float>().ToArray());
    }

    private static TrainingExample Example(params float[] weights) => new([1, .. TinyModels.Ids(4, weights.Length - 1)], weights);

    private double Loss(TrainingExample example, double floor = 1e-12) =>
        TokenLoss.Mean(_model, Batch.Collate([example], [0], CPU, ScalarType.Float64), floor).item<double>();

    private double[] Gradient(TrainingExample example, double floor = 1e-12) =>
        TinyModels.Values(FlatGradient.Of(TokenLoss.Mean(_model, Batch.Collate([example], [0], CPU, ScalarType.Float64), floor), _model));
}
