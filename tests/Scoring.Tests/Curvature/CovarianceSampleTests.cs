using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Curvature;

public class CovarianceSampleTests
{
    private static readonly EkfacOptions Sampled = new() { DType = ScalarType.Float64, Labels = LabelSource.True, CovarianceTokens = 8 };

    [Fact]
    public void Of_MoreTokensThanWanted_IsAboutAsManyAndTheSameInAnyOrder()
    {
        var rows = Rows.Random(60);
        var reversed = new MemoryRows(
            [.. Enumerable.Range(0, 60).Reverse().Select(rows.IdOf)],
            [.. Enumerable.Range(0, 60).Select(d => rows.Load(59 - d) with { Document = d })]);
        var sample = Ids(CovarianceSample.Of(rows, new TinyModel().Modules, Sampled, seed: 1));
        Assert.Equal(sample, Ids(CovarianceSample.Of(reversed, new TinyModel().Modules, Sampled, seed: 1)));
        Assert.NotEqual(sample, Ids(CovarianceSample.Of(rows, new TinyModel().Modules, Sampled, seed: 2)));
        // The widest of the model's covariances has 7 columns; documents have at most 9 positions.
        var tokens = Enumerable.Range(0, 60).Where(d => sample.Contains(rows.IdOf(d))).Sum(rows.PositionsOf);
        Assert.InRange(tokens, 8 * 7, 8 * 7 + 8);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_000_000)]
    public void Of_ZeroOrMoreThanThereAre_IsAll(int tokensPerColumn)
    {
        var rows = Rows.Random(60);
        Assert.Same(rows, CovarianceSample.Of(rows, new TinyModel().Modules, Sampled with { CovarianceTokens = tokensPerColumn }, seed: 1));
    }

    [Fact]
    public void Fit_CovariancesOfASample_EigenvaluesAreThoseOfAllRowsInItsBasis()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var rows = Rows.Random(40);
        var fitter = new EkfacFitter(new GradientCapture(model), Sampled);
        using var factors = fitter.Fit(rows);
        using var covariances = fitter.Covariances(fitter.CovarianceRows(rows));
        using var whole = new EkfacFitter(new GradientCapture(model), Sampled with { CovarianceTokens = 0 }).Fit(rows);
        Assert.Equal(40, factors.Sequences);
        Assert.Equal(covariances.Tokens, factors.Tokens);
        Assert.True(factors.Tokens < whole.Tokens);
        for (var m = 0; m < 2; m++)
        {
            var f = factors.Factors[m];
            var a = covariances.Sums[model.Modules[m].Name + ".activation"];
            var rotated = f.ActivationEigenvectors.transpose(0, 1).matmul(a).matmul(f.ActivationEigenvectors);
            Numbers.Close(diag(diag(rotated)), rotated, 1e-9, "the basis is the sample's");
            var lambda = zeros_like(f.Lambda);
            for (var d = 0; d < 40; d++)
            {
                lambda.add_(f.GradientEigenvectors!.transpose(0, 1).matmul(Dense.DocumentGradient(model, rows, d)[m]).matmul(f.ActivationEigenvectors).pow(2));
            }

            Numbers.Close(lambda.div(40), f.Lambda, 1e-9, "Λ is over all rows");
            // A rotation keeps norms: no basis changes the trace, which the damping is relative to.
            Numbers.Close(whole.Factors[m].Lambda.sum(), f.Lambda.sum(), 1e-9, "trace");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    public void Fit_RowsThatAreNotFinite_AreNamedOnceWhetherSampledOrNot(int tokensPerColumn)
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        model.Embedding[6, 0] = double.NaN;
        var rows = Rows.Random(40);
        int[] expected = [.. Enumerable.Range(0, 40).Where(d => rows.Load(d).Tokens[..^1].Contains(6))];
        var named = new List<int>();
        using var factors = new EkfacFitter(new GradientCapture(model), Sampled with { CovarianceTokens = tokensPerColumn }).Fit(rows, named.Add);
        Assert.InRange(expected.Length, 5, 35);
        Assert.Equal(expected, named.Order());
        Assert.Equal(40 - expected.Length, factors.Sequences);
    }

    private static string[] Ids(IRowSource rows) => [.. Enumerable.Range(0, rows.RowCount).Select(r => rows.IdOf(rows.DocumentOf(r))).Order(StringComparer.Ordinal)];
}
