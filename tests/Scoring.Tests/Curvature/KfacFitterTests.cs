using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Curvature;

public class KfacFitterTests
{
    [Fact]
    public void Fit_TrueLabels_EqualsKroneckerProductOfCovariancesScaledByTokens()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var rows = Rows.Random(9);
        var options = new EkfacOptions { DType = ScalarType.Float64, Labels = LabelSource.True };
        var capture = new GradientCapture(model, new CaptureOptions { BatchTokens = 20 });
        using var factors = KfacFitter.Fit(capture, rows, options);
        using var sums = new EkfacFitter(capture, options).Covariances(rows);
        Assert.Equal(9, factors.Sequences);
        for (var m = 0; m < 2; m++)
        {
            // (tokens/sequences) S ⊗ A, without any eigenvector.
            var name = model.Modules[m].Name;
            var expected = Dense.Kronecker(sums.Sums[name + ".gradient"].div(sums.Tokens), sums.Sums[name + ".activation"].div(sums.Tokens)).mul(sums.Tokens / 9.0);
            var f = factors.Factors[m];
            Numbers.Close(expected, Dense.Ekfac(f.ActivationEigenvectors, f.GradientEigenvectors!, f.Lambda, 0), 1e-9, name);
        }
    }

    [Fact]
    public void Fit_OneTokenASequence_IsExactForSoftmaxRegressionOfIndependentInputs()
    {
        // One position, and features that don't change: S ⊗ A is then the Gauss-Newton matrix itself, in expectation over labels.
        using var scope = NewDisposeScope();
        var features = ones([400, 2], dtype: ScalarType.Float64);
        var rows = MemoryRows.FromTokens([.. Enumerable.Range(0, 400).Select(i => $"d{i}")], [.. Enumerable.Range(0, 400).Select(i => new[] { i, 0 })]);
        var model = new FeatureModel(features, 3);
        using var factors = KfacFitter.Fit(new GradientCapture(model), rows, new EkfacOptions { DType = ScalarType.Float64 });
        var f = factors.Factors[0];
        var expected = Dense.GaussNewton(rows, model.Open);
        Numbers.Close(expected, Dense.Ekfac(f.ActivationEigenvectors, f.GradientEigenvectors!, f.Lambda, 0), 0.15, "up to the sampling of 400 labels");
    }
}
