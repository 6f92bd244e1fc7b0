using Tda.ProxyTrainer.Models;
using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Curvature;

public class EkfacTests
{
    private static readonly EkfacOptions Double = new() { DType = ScalarType.Float64, Labels = LabelSource.True };

    [Fact]
    public void Covariances_TrueLabels_EqualSumsOverTokens()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var rows = Rows.Random(7);
        using var sums = Fitter(model).Covariances(rows);

        // S of the output layer by hand: s_t = softmax(logits_t) − onehot(label_t).
        var expected = zeros([7, 7], dtype: ScalarType.Float64);
        long tokens = 0;
        for (var r = 0; r < rows.RowCount; r++)
        {
            var row = rows.Load(r);
            var logits = model.Forward(tensor(row.Tokens[..^1].Select(t => (long)t).ToArray(), [1, row.Positions], dtype: ScalarType.Int64)).Logits.detach().squeeze(0);
            var p = logits.softmax(-1);
            for (var t = 0; t < row.Positions; t++)
            {
                var s = p.select(0, t).clone();
                s.select(0, row.Tokens[t + 1]).sub_(1);
                expected.add_(s.reshape(-1, 1).matmul(s.reshape(1, -1)));
                tokens++;
            }
        }
        Assert.Equal(tokens, sums.Tokens);
        Numbers.Close(expected, sums.Sums["second.gradient"], 1e-9, "S is the sum of s sᵀ over tokens");
        // The bias column of a is one at every counted token and nowhere else.
        Assert.Equal(tokens, Numbers.Of(sums.Sums["first.activation"])[^1], 9);
    }

    [Fact]
    public void Fit_Lambda_IsMeanOverSequencesOfSquaredRotatedGradients()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var rows = Rows.Random(5);
        using var factors = Fitter(model).Fit(rows);
        for (var m = 0; m < 2; m++)
        {
            var f = factors.Factors[m];
            var expected = zeros_like(f.Lambda);
            for (var d = 0; d < 5; d++)
            {
                expected.add_(f.GradientEigenvectors!.transpose(0, 1).matmul(Dense.DocumentGradient(model, rows, d)[m]).matmul(f.ActivationEigenvectors).pow(2));
            }

            Numbers.Close(expected.div(5), f.Lambda, 1e-9, "a per-sequence mean, unlike A and S, which are per-token means");
        }
        Assert.Equal(5, factors.Sequences);
    }

    [Fact]
    public void Fit_LlamaRowsLongerThanLayersAreWide_EqualsTheFormulaModuleByModule()
    {
        // q, k and v share an input, as do gate and up; and gradients are rotated row by row, which is cheaper then.
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(ModelFamily.Llama);
        var captured = new LanguageModelCapture(model);
        var rows = Rows.Random(4, vocabulary: 11, shortest: 10, longest: 15);
        var capture = new GradientCapture(captured, new CaptureOptions { BatchTokens = 40 });
        using var factors = new EkfacFitter(capture, new EkfacOptions { Labels = LabelSource.True, DType = ScalarType.Float64 }).Fit(rows);
        var gradients = Enumerable.Range(0, 4).Select(d => LanguageModelReference.WeightGradients(model, rows.Load(d))).ToArray();
        for (var m = 0; m < captured.Modules.Count; m++)
        {
            var f = factors.Factors[m];
            var lambda = zeros_like(f.Lambda);
            var covariance = zeros([f.ActivationEigenvectors.shape[0], f.ActivationEigenvectors.shape[0]], dtype: ScalarType.Float64);
            for (var d = 0; d < 4; d++)
            {
                lambda.add_(f.GradientEigenvectors!.transpose(0, 1).matmul(gradients[d][m]).matmul(f.ActivationEigenvectors).pow(2));
                var a = capture.Capture([rows.Load(d)], LabelSource.True).Activations[m].squeeze(0);
                covariance.add_(a.transpose(0, 1).matmul(a));
            }
            Numbers.Close(lambda.div(4), f.Lambda, 1e-9, captured.Modules[m].Name);
            var rotated = f.ActivationEigenvectors.transpose(0, 1).matmul(covariance).matmul(f.ActivationEigenvectors);
            Numbers.Close(diag(diag(rotated)), rotated, 1e-9, $"{captured.Modules[m].Name}: its eigenvectors make its covariance diagonal");
        }
    }

    [Fact]
    public void Fit_RowsOfOneToken_EqualTheFormula()
    {
        // No row's gradient is formed then.
        using var scope = NewDisposeScope();
        var (features, rows) = FeatureModel.Data(30, 5, 3);
        var model = new FeatureModel(features, 3, hidden: 4);
        using var factors = new EkfacFitter(new GradientCapture(model), Double).Fit(rows);
        for (var m = 0; m < 2; m++)
        {
            var f = factors.Factors[m];
            var expected = zeros_like(f.Lambda);
            for (var r = 0; r < 30; r++)
            {
                var batch = new GradientCapture(model).Capture([rows.Load(r)], LabelSource.True);
                var g = batch.OutputGradients[m].squeeze(0).transpose(0, 1).matmul(batch.Activations[m].squeeze(0));
                expected.add_(f.GradientEigenvectors!.transpose(0, 1).matmul(g).matmul(f.ActivationEigenvectors).pow(2));
            }
            Numbers.Close(expected.div(30), f.Lambda, 1e-9, model.Modules[m].Name);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(1 << 18)]
    public void Fit_AnyChunk_GivesTheSameEigenvalues(long elements)
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        using var whole = new EkfacFitter(new GradientCapture(model), Double).Fit(Rows.Random(9));
        using var chunked = new EkfacFitter(new GradientCapture(model), Double with { ChunkElements = elements }).Fit(Rows.Random(9));
        for (var m = 0; m < 2; m++)
        {
            Numbers.Close(whole.Factors[m].Lambda, chunked.Factors[m].Lambda, 1e-12, model.Modules[m].Name);
        }
    }

    [Fact]
    public void Covariances_WideLayer_EqualTheirDefinition()
    {
        // Wide layers' covariances are put together from blocks.
        using var scope = NewDisposeScope();
        var model = new TinyModel(width: 301);
        var rows = Rows.Random(3);
        using var sums = Fitter(model).Covariances(rows);
        var expected = zeros([302, 302], dtype: ScalarType.Float64);
        for (var d = 0; d < 3; d++)
        {
            var a = new GradientCapture(model).Capture([rows.Load(d)], LabelSource.True).Activations[0].squeeze(0);
            expected.add_(a.transpose(0, 1).matmul(a));
        }
        Numbers.Close(expected, sums.Sums["first.activation"], 1e-12, "Σ a aᵀ");
    }

    [Fact]
    public void Apply_TinyModel_EqualsDenseKroneckerSolve()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var rows = Rows.Random(8);
        using var factors = Fitter(model).Fit(rows);
        using var preconditioner = new EkfacPreconditioner(factors, new Damping(), ScalarType.Float64, CPU);
        var gradient = Dense.DocumentGradient(model, rows, 2);
        using var applied = preconditioner.Apply(new ModuleGradients(model.Modules, [.. gradient.Select(g => g.unsqueeze(0))]));
        for (var m = 0; m < 2; m++)
        {
            var f = factors.Factors[m];
            var g = Dense.Ekfac(f.ActivationEigenvectors, f.GradientEigenvectors!, f.Lambda, 0.1 * f.Lambda.mean().item<double>());
            var expected = linalg.solve(g, gradient[m].reshape(-1, 1));
            Numbers.Close(expected, applied.Tensors[m].reshape(-1, 1), 1e-9, model.Modules[m].Name);
            var self = gradient[m].reshape(1, -1).matmul(expected);
            Numbers.Close(self, preconditioner.SelfInfluence(m, gradient[m].unsqueeze(0)), 1e-9, "self-influence gᵀ(G+λI)⁻¹g");
        }
    }

    [Fact]
    public void Damping_TwoModules_IsRelativeToEachAndNeverAddedTwice()
    {
        // Public tools have computed the damping of the first module and reused it for all, and added it in place at every call.
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        using var factors = Fitter(model).Fit(Rows.Random(8));
        var before = factors.Factors.Select(f => Numbers.Of(f.Lambda)).ToArray();
        using var once = new EkfacPreconditioner(factors, new Damping(0.3), ScalarType.Float64, CPU);
        using var twice = new EkfacPreconditioner(factors, new Damping(0.3), ScalarType.Float64, CPU);
        using var v = new ModuleGradients(model.Modules, [.. model.Modules.Select(m => ones([1, m.Outputs, m.Columns], dtype: ScalarType.Float64))]);
        using var a = once.Apply(v);
        using var again = once.Apply(v);
        using var b = twice.Apply(v);
        for (var m = 0; m < 2; m++)
        {
            Assert.Equal(0.3 * before[m].Average(), once.Damping[m], 12);
            Assert.Equal(before[m], Numbers.Of(factors.Factors[m].Lambda));
            Assert.Equal(Numbers.Of(a.Tensors[m]), Numbers.Of(b.Tensors[m]));
            Assert.Equal(Numbers.Of(a.Tensors[m]), Numbers.Of(again.Tensors[m]));
        }
        Assert.NotEqual(once.Damping[0], once.Damping[1], 6);
    }

    [Fact]
    public void Merge_TwoShards_EqualsWholeCorpus()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var whole = Rows.Random(10);
        var (left, right) = (Slice(whole, 0, 4), Slice(whole, 4, 10));
        var fitter = new EkfacFitter(new GradientCapture(model), Double with { Labels = LabelSource.Sampled });
        using var all = fitter.Covariances(whole);
        using var a = fitter.Covariances(left);
        using var b = fitter.Covariances(right);
        b.Merge(a);
        Assert.Equal(all.Tokens, b.Tokens);
        foreach (var name in all.Sums.Keys)
        {
            Numbers.Close(all.Sums[name], b.Sums[name], 1e-12, $"{name}: sums of shards add up, sampled labels included");
        }

        using var basis = fitter.Basis(all);
        using var eigenvalues = fitter.Eigenvalues(whole, basis);
        using var eigenvaluesLeft = fitter.Eigenvalues(left, basis);
        using var eigenvaluesRight = fitter.Eigenvalues(right, basis);
        eigenvaluesLeft.Merge(eigenvaluesRight);
        foreach (var name in eigenvalues.Sums.Keys)
        {
            Numbers.Close(eigenvalues.Sums[name], eigenvaluesLeft.Sums[name], 1e-12, name);
        }
    }

    [Fact]
    public void Fit_Float32Model_AgreesWithFloat64()
    {
        using var scope = NewDisposeScope();
        var rows = Rows.Random(8);
        using var exact = Fitter(new TinyModel()).Fit(rows);
        using var single = Fitter(new TinyModel(dtype: ScalarType.Float32)).Fit(rows);
        for (var m = 0; m < 2; m++)
        {
            Numbers.Close(Numbers.Of(exact.Factors[m].Lambda.sum([1L])), Numbers.Of(single.Factors[m].Lambda.sum([1L])), 1e-4, "fp32 capture, fp64 eigendecomposition");
        }
    }

    private static EkfacFitter Fitter(TinyModel model) => new(new GradientCapture(model, new CaptureOptions { BatchTokens = 20 }), Double);

    private static MemoryRows Slice(MemoryRows rows, int from, int to) => new(
        [.. Enumerable.Range(from, to - from).Select(rows.IdOf)],
        [.. Enumerable.Range(from, to - from).Select(r => rows.Load(r) with { Document = r - from })]);
}
