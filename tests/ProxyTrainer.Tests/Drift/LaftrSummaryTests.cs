using Tda.ProxyTrainer.Classifiers;
using Tda.ProxyTrainer.Drift;
using Tda.ProxyTrainer.Tests.Models;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Drift;

public class LaftrSummaryTests
{
    private static readonly ClassifierShape Shape = new(10, [24, 16], 4);

    [Fact]
    public void SquaredDistance_SixtyPerturbations_RanksThemAsTheTrueDistanceDoes()
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        using var model = Trained(Shape);
        var data = Data(2000, 10);
        using var summary = LaftrSummary.Of(model, data);
        List<double> estimates = [], distances = [];
        for (var i = 0; i < 60; i++)
        {
            // All layers, or one alone; relative sizes of 1 to 50 %.
            using var other = Perturbed(model, i, size: .01 * Math.Pow(50, i % 12 / 11.0), onlyLayer: i % 4 - 1);
            estimates.Add(summary.SquaredDistance(model, other));
            distances.Add(True(model, other, data));
        }

        var rank = Correlation.Spearman(estimates, distances);
        Assert.True(rank >= .95, $"Spearman {rank:F3}");
    }

    [Fact]
    public void SquaredDistance_NoHiddenLayer_IsExact()
    {
        using var scope = NewDisposeScope();
        using var model = Trained(new ClassifierShape(6, [], 3));
        using var other = Perturbed(model, 1, .3, -1);
        var data = Data(50, 6);
        using var summary = LaftrSummary.Of(model, data);

        Assert.Equal(1, summary.SquaredDistance(model, other) / True(model, other, data), 1e-5);
        Assert.Equal(0, summary.SquaredDistance(model, model), 1e-9);
    }

    [Fact]
    public void SquaredDistance_OneUnitByHand()
    {
        // Inputs 1 and −1; h = relu(2x), out = (h, −h): active half the time. θ₁ has 3 in place of 2, and a bias of 1 on the first output.
        using var scope = NewDisposeScope();
        var shape = new ClassifierShape(1, [1], 2);
        using var first = new Classifier(shape, [tensor(new double[,] { { 2 } }), tensor(new double[,] { { 1 }, { -1 } })], [zeros(1, ScalarType.Float64), zeros(2, ScalarType.Float64)]);
        using var second = new Classifier(shape, [tensor(new double[,] { { 3 } }), tensor(new double[,] { { 1 }, { -1 } })], [zeros(1, ScalarType.Float64), tensor(new double[] { 1, 0 })]);
        using var summary = LaftrSummary.Of(first, tensor(new double[,] { { 1 }, { -1 } }));

        // With gate m (½) apart from x: Δ = (m·x + 1, −m·x), and E‖Δ‖² = 2·E[m]·E[x²] + 2·E[m]·E[x] + 1 = 2.
        Assert.Equal(2, summary.SquaredDistance(first, second), 12);
    }

    [Fact]
    public void SquaredDistance_DrawnGates_AgreesWithTheirMean()
    {
        // The slow reference draws the gates that the closed form integrates over.
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        using var model = Trained(Shape);
        using var other = Perturbed(model, 3, .3, -1);
        var data = Data(400, 10).to_type(ScalarType.Float64);
        using var summary = LaftrSummary.Of(model, data);
        var rates = Rates(model, data);
        using var generator = new Generator(11);
        const int Draws = 60;
        var sum = 0.0;
        for (var draw = 0; draw < Draws; draw++)
        {
            using var inner = NewDisposeScope();
            var (a, b) = (data, data);
            for (var layer = 0; layer < model.Weights.Count; layer++)
            {
                (a, b) = (model.Layer(layer, a), other.Layer(layer, b));
                if (layer < rates.Length)
                {
                    var gate = rand(a.shape, ScalarType.Float64, generator: generator).lt(tensor(rates[layer]).unsqueeze(0)).to_type(ScalarType.Float64);
                    (a, b) = (a.mul(gate), b.mul(gate));
                }
            }

            sum += a.sub(b).square().sum(-1).mean().item<double>();
        }

        Assert.Equal(1, summary.SquaredDistance(model, other) / (sum / Draws), .03);
    }

    [Fact]
    public void Of_OtherActivationOrShape_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var tanh = Trained(Shape with { Activation = ClassifierActivation.Tanh });
        Assert.Contains("ReLU", Assert.Throws<ArgumentException>(() => LaftrSummary.Of(tanh, Data(3, 10))).Message);

        using var model = Trained(Shape);
        using var wider = Trained(Shape with { Hidden = [25, 16] });
        using var summary = LaftrSummary.Of(model, Data(3, 10));
        Assert.Throws<ArgumentException>(() => summary.SquaredDistance(model, wider));
    }

    private static Tensor Data(int rows, int width)
    {
        // Skewed, correlated, and away from 0, as features are.
        var random = SplitMix64.Of(12);
        var raw = tensor(random.Normals((long)rows * width, 1), [rows, width]).to_type(ScalarType.Float64);
        return raw.add(raw.narrow(1, 0, 1).mul(.7)).exp().log1p();
    }

    private static Classifier Trained(ClassifierShape shape)
    {
        using var gradients = no_grad();
        var data = Data(300, shape.Features);
        var labels = data.narrow(1, 0, shape.Classes).argmax(1);
        var options = new ClassifierOptions { Optimizer = ClassifierOptimizer.AdamW, LearningRate = .02, Epochs = 30, DType = ScalarType.Float64 };
        using var run = ClassifierTrainer.Run(shape, data, labels, [[.. Enumerable.Repeat(true, 300)]], [5], 1, options);
        return run.Stack.Model(0);
    }

    private static Classifier Perturbed(Classifier model, int seed, double size, int onlyLayer)
    {
        var random = SplitMix64.Of(seed, "perturbed");
        return new Classifier(model.Shape, [.. model.Weights.Select(Moved)], [.. model.Biases.Select(Moved)]);

        Tensor Moved(Tensor t, int layer)
        {
            var noise = tensor(random.Normals(t.numel(), 1), t.shape).to_type(t.dtype);
            return onlyLayer >= 0 && onlyLayer != layer ? t.clone() : t.add(noise.mul(size * t.square().mean().sqrt().add(1e-3)));
        }
    }

    private static double True(Classifier first, Classifier second, Tensor data)
    {
        using var scope = NewDisposeScope();
        return first.Forward(data.to_type(first.Weights[0].dtype)).sub(second.Forward(data.to_type(first.Weights[0].dtype))).square().sum(-1).mean().to_type(ScalarType.Float64).item<double>();
    }

    private static double[][] Rates(Classifier model, Tensor data)
    {
        var rates = new List<double[]>();
        var at = data;
        for (var layer = 0; layer + 1 < model.Weights.Count; layer++)
        {
            var output = model.Layer(layer, layer == 0 ? at : model.Shape.Activate(at));
            rates.Add(TinyModels.Values(output.gt(0).to_type(ScalarType.Float64).mean([0L])));
            at = output;
        }

        return [.. rates];
    }
}
