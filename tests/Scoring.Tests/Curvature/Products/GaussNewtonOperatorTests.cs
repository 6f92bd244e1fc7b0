using Tda.ProxyTrainer.Models;
using Tda.Scoring.Curvature.Products;
using Tda.Scoring.Gradients;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Curvature.Products;

public class GaussNewtonOperatorTests
{
    [Fact]
    public void Multiply_TinyModel_EqualsDenseJacobian()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        Compare(model, WithPrompt(Rows.Random(6)), model.Open);
    }

    [Theory]
    [InlineData(ModelFamily.Llama)]
    [InlineData(ModelFamily.Gpt2)]
    public void Multiply_LanguageModel_EqualsDenseJacobian(ModelFamily family)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(family, layers: 1);
        Compare(new LanguageModelCapture(model), WithPrompt(Rows.Random(3, vocabulary: 11)), row => LanguageModelReference.Open(model, row));
    }

    [Fact]
    public void Multiply_Mlp_EqualsDenseJacobian()
    {
        using var scope = NewDisposeScope();
        var (features, rows) = FeatureModel.Data(12, 3, 4);
        var model = new FeatureModel(features, 4, hidden: 5);
        Compare(model, rows, model.Open);
    }

    [Fact]
    public void Multiply_SoftmaxRegression_EqualsClosedForm()
    {
        // mean of (diag p − ppᵀ) ⊗ xxᵀ, x with a one for the bias.
        using var scope = NewDisposeScope();
        var (features, rows) = FeatureModel.Data(20, 3, 4);
        var model = new FeatureModel(features, 4);
        var expected = zeros([16, 16], dtype: ScalarType.Float64);
        for (var i = 0; i < 20; i++)
        {
            var x = cat([features.select(0, i), ones([1], dtype: ScalarType.Float64)], 0);
            var p = model.Weights[0].matmul(x).softmax(0);
            expected.add_(Dense.Kronecker(diag(p).sub(p.outer(p)), x.outer(x)));
        }
        var g = new GaussNewtonOperator(new GradientCapture(model), rows);
        Numbers.Close(expected.div(20), g.Multiply(eye(16, dtype: ScalarType.Float64)), 1e-12, "closed form of softmax regression");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    public void Multiply_BatchSize_DoesNotChangeProducts(int batchTokens)
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var rows = Rows.Random(9);
        var v = Dense.Vectors(2, 36);
        var whole = new GaussNewtonOperator(new GradientCapture(model, new CaptureOptions { BatchTokens = 10_000 }), rows);
        var batched = new GaussNewtonOperator(new GradientCapture(model, new CaptureOptions { BatchTokens = batchTokens }), rows);
        Numbers.Close(whole.Multiply(v), batched.Multiply(v), 1e-12, "padding must not count");
    }

    [Fact]
    public void Multiply_MiniBatchesOfAPass_AverageToTheWhole()
    {
        using var scope = NewDisposeScope();
        var g = new GaussNewtonOperator(new GradientCapture(new TinyModel()), Rows.Random(8));
        var schedule = new MiniBatchSchedule(8, 2, seed: 5);
        var v = Dense.Vectors(1, g.Dimension);
        var mean = stack([.. Enumerable.Range(0, 4).Select(k => g.Multiply(v, schedule.Step(k)))], 0).mean([0L]);
        Numbers.Close(g.Multiply(v), mean, 1e-12, "a pass sees every sequence once");
    }

    [Fact]
    public void Multiply_Float32Model_AgreesWithFloat64()
    {
        using var scope = NewDisposeScope();
        var rows = Rows.Random(6);
        var v = Dense.Vectors(2, 36);
        var exact = new GaussNewtonOperator(new GradientCapture(new TinyModel()), rows).Multiply(v);
        Numbers.Close(exact, new GaussNewtonOperator(new GradientCapture(new TinyModel(dtype: ScalarType.Float32)), rows).Multiply(v), 1e-4, "float32 model");
    }

    [Fact]
    public void Constructor_NonFiniteRow_IsNamedAndNotCounted()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        model.Embedding.select(0, 6).fill_(double.NaN);
        var rows = MemoryRows.FromTokens(["good", "bad", "long"], [[0, 1, 2], [0, 6, 2], [0, 1, 2, 3, 4]]);
        var apart = new List<int>();
        var g = new GaussNewtonOperator(new GradientCapture(model), rows, apart.Add);
        Assert.Equal([1], apart);
        Assert.Equal(2, g.Sequences);
        var v = Dense.Vectors(1, g.Dimension);
        var good = new GaussNewtonOperator(new GradientCapture(model), MemoryRows.FromTokens(["good", "long"], [[0, 1, 2], [0, 1, 2, 3, 4]]));
        Numbers.Close(good.Multiply(v), g.Multiply(v), 1e-12, "as if the row were not there");
        Assert.Throws<TdaException>(() => new GaussNewtonOperator(new GradientCapture(model), MemoryRows.FromTokens(["bad"], [[0, 6, 2]])));
    }

    [Fact]
    public void MeanEigenvalue_ManyProbes_ApproachesTraceAndIsExactForSmallModels()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var rows = Rows.Random(6);
        var g = new GaussNewtonOperator(new GradientCapture(model), rows);
        var exact = Dense.GaussNewton(rows, model.Open).trace().item<double>() / g.Dimension;
        Assert.Equal(exact, Probes.MeanEigenvalue(g, 100, seed: 1), 9);
        Assert.InRange(Probes.MeanEigenvalue(g, 30, seed: 1) / exact, 0.8, 1.2);
    }

    private static void Compare(ICaptureModel model, IRowSource rows, Func<TokenRow, (Tensor, Func<Tensor, Tensor>)> open)
    {
        var expected = Dense.GaussNewton(rows, open);
        var g = new GaussNewtonOperator(new GradientCapture(model, new CaptureOptions { BatchTokens = 25 }), rows);
        Assert.Equal(expected.shape[0], g.Dimension);
        var v = Dense.Vectors(3, g.Dimension);
        Numbers.Close(v.matmul(expected), g.Multiply(v), 1e-9, "double backward against the Jacobian");
        Numbers.Close(expected, DenseGaussNewton.Build(g), 1e-9, "matrix from gradients of single classes");
    }

    private static MemoryRows WithPrompt(MemoryRows rows) => new(
        [.. Enumerable.Range(0, rows.RowCount).Select(rows.IdOf)],
        [.. Enumerable.Range(0, rows.RowCount).Select(r => r == 1 ? rows.Load(r) with { FirstLossPosition = 2 } : rows.Load(r))]);
}
