using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Models.Adapters;
using Tda.Scoring.Curvature;
using Tda.Scoring.Curvature.Products;
using Tda.Scoring.Curvature.Solvers;
using Tda.Scoring.Gradients;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Gradients;

/// <summary>Gradients and curvature of adapters alone, against autograd and dense formulas.</summary>
public sealed class AdapterCaptureTests : IDisposable
{
    private readonly IDisposable _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(ModelFamily.Llama, ScalarType.Float64, 1e-9)]
    [InlineData(ModelFamily.Llama, ScalarType.Float32, 1e-4)]
    [InlineData(ModelFamily.Mistral, ScalarType.Float64, 1e-9)]
    [InlineData(ModelFamily.Qwen2, ScalarType.Float64, 1e-9)]
    [InlineData(ModelFamily.Qwen3, ScalarType.Float64, 1e-9)]
    [InlineData(ModelFamily.Gpt2, ScalarType.Float64, 1e-9)]
    [InlineData(ModelFamily.GptNeox, ScalarType.Float64, 1e-9)]
    public void ForEach_PaddedBatch_EqualsOneExampleAtATime(ModelFamily family, ScalarType dtype, double tolerance)
    {
        using var model = Adapted(family, dtype);
        var capture = new GradientCapture(new LanguageModelCapture(model), new CaptureOptions { BatchTokens = 30 });
        Assert.All(capture.Model.Modules, (module, m) => Assert.EndsWith(m % 2 == 0 ? ".lora_A" : ".lora_B", module.Name, StringComparison.Ordinal));
        LanguageModelReference.AssertCaptures(model, capture, tolerance);
    }

    [Theory]
    [InlineData(ModelFamily.Llama)]
    [InlineData(ModelFamily.Gpt2)]
    public void GaussNewton_OfAdapters_EqualsDenseJacobian(ModelFamily family)
    {
        using var model = Adapted(family, layers: 1);
        var rows = Rows.Random(4, vocabulary: 11);
        var expected = Dense.GaussNewton(rows, row => LanguageModelReference.Open(model, row));
        var g = new GaussNewtonOperator(new GradientCapture(new LanguageModelCapture(model), new CaptureOptions { BatchTokens = 25 }), rows);
        var v = Dense.Vectors(2, g.Dimension);
        Numbers.Close(v.matmul(expected), g.Multiply(v), 1e-9, "double backward against the Jacobian");
    }

    /// <summary>DataInf's own case, eq. 5 of 2310.00902 with every inverse written out, module by module.</summary>
    [Fact]
    public void DataInf_OfAdapters_EqualsMeanOfExplicitInverses()
    {
        using var model = Adapted(ModelFamily.Llama, layers: 1);
        var (rows, capture) = (Rows.Random(5, vocabulary: 11), new GradientCapture(new LanguageModelCapture(model), new CaptureOptions { BatchTokens = 20 }));
        using var solver = new DataInfSolver(capture, rows);
        var v = Dense.Vectors(2, FlatVectors.Dimension(capture.Model.Modules));
        using var parts = FlatVectors.Split(capture.Model.Modules, v, ScalarType.Float64);
        using var solved = FlatVectors.Split(capture.Model.Modules, solver.Solve(v).Solutions, ScalarType.Float64);
        Tensor[][] gradients = [.. Enumerable.Range(0, rows.RowCount).Select(r => LanguageModelReference.WeightGradients(model, rows.Load(r)))];
        for (var m = 0; m < capture.Model.Modules.Count; m++)
        {
            Tensor[] g = [.. gradients.Select(one => one[m].reshape(-1))];
            var lambda = 0.1 * g.Average(x => x.square().sum().item<double>()) / g[0].shape[0];
            var inverses = g.Select(x => linalg.inv(x.outer(x).add(eye(x.shape[0], dtype: ScalarType.Float64).mul(lambda))));
            Numbers.Close(parts.Tensors[m].flatten(1).matmul(stack([.. inverses], 0).mean([0L])), solved.Tensors[m].flatten(1), 1e-9, capture.Model.Modules[m].Name);
        }
    }

    /// <summary>Before training B is zero and A has no gradient: there is nothing to divide by, and that is said.</summary>
    [Fact]
    public void Ekfac_OfUntrainedAdapters_NamesTheLayerWithoutGradient()
    {
        using var model = LanguageModelReference.Create(ModelFamily.Llama, ScalarType.Float32);
        model.Attach(new LoraConfig { Rank = 2, Alpha = 4 }, seed: 1);
        using var factors = new EkfacFitter(new GradientCapture(new LanguageModelCapture(model)), new EkfacOptions()).Fit(Rows.Random(6, vocabulary: 11));
        var error = Assert.Throws<TdaException>(() => new EkfacPreconditioner(factors, new Damping(.1), ScalarType.Float32, CPU));
        Assert.Contains("q_proj.lora_A: mean eigenvalue is 0: no gradient reached this module", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shift_OfAdapters_MovesThemAndPutsThemBack()
    {
        using var model = Adapted(ModelFamily.Gpt2);
        var capture = new LanguageModelCapture(model);
        var before = Numbers.Of(model.Flat);
        using var delta = ModuleGradients.Zeros(capture.Modules, 1, ScalarType.Float64, CPU);
        using (no_grad())
        {
            delta.Tensors[1].fill_(.5);
        }

        using (capture.Shift(delta))
        {
            Assert.Equal(before[(int)model.Parameters[1].Offset] + .5, Numbers.Of(model.Flat)[(int)model.Parameters[1].Offset], 12);
        }

        Assert.Equal(before, Numbers.Of(model.Flat));
    }

    private static LanguageModel Adapted(ModelFamily family, ScalarType dtype = ScalarType.Float64, int layers = 2)
    {
        var model = LanguageModelReference.Create(family, dtype, layers: layers);
        model.Attach(new LoraConfig { Rank = 2, Alpha = 3, RankPattern = [new("down_proj", 1)] }, seed: 1);
        using var none = no_grad();
        var random = new Random(7);
        model.Flat.add_(tensor(Enumerable.Range(0, (int)model.Flat.numel()).Select(_ => random.NextDouble() - .5).ToArray()).to_type(dtype));
        return model;
    }
}
