using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Curvature;
using Tda.Scoring.Curvature.Solvers;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Methods.InfluenceFunctions;

public class SolvedInfluenceTests
{
    private static readonly string[] Whole = ["explicit", "cg", "lissa", "arnoldi", "astra", "astra-cg"];

    [Fact]
    public void Score_EveryMethodOfTheWholeCurvature_AgreesWithTheDenseSolve()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var rows = Rows.Split(9, 3);
        var queries = Rows.Random(3, seed: 77);
        Target[] targets = [new("a", [0]), new("mean", [0, 1, 2])];
        var g = Dense.GaussNewton(rows, model.Open);
        var damping = g.trace().item<double>() / 36;
        var documents = stack([.. Enumerable.Range(0, 9).Select(d => Flat(model, rows, d))], 0);
        var q = stack([.. Enumerable.Range(0, 3).Select(i => Flat(model, queries, i))], 0);
        var solved = linalg.solve(g.add(eye(36, dtype: ScalarType.Float64).mul(damping)), documents.transpose(0, 1));
        var expected = cat([q.narrow(0, 0, 1), q.mean([0L], keepdim: true)], 0).matmul(solved);

        var context = new InfluenceContext { Capture = new GradientCapture(model, new CaptureOptions { BatchTokens = 30 }), Documents = rows };
        var options = new MethodOptions { DampingFactor = 1, Curvature = new CurvatureOptions { TraceProbes = 36, Arnoldi = new ArnoldiOptions { Steps = 36, Top = 36 }, Lissa = new LissaOptions { Steps = 200 } } };
        foreach (var name in Whole)
        {
            using var method = AttributionMethods.Create(name, context, options, NullProgress.Instance, default);
            var progress = new Messages();
            var scores = method.Score(rows, queries, targets, Normalisation.None, _ => { }, progress, default);
            Assert.Equal(2, method.Damping.Count);
            Assert.All(method.Damping, d => Assert.Equal(damping, d, 9));
            Assert.Equal(rows.RowCount, method.N);
            // What Arnoldi drops has no eigenvalue to speak of, but a weight of 1/λ: it is held to the rest of its answer elsewhere.
            for (var t = 0; t < 2 && name != "arnoldi"; t++)
            {
                Numbers.Close(Numbers.Of(expected.select(0, t)), [.. scores.Row(t).ToArray().Select(x => (double)x)], name == "explicit" ? 1e-6 : 1e-2, $"{name}, {targets[t].Id}");
            }

            Assert.DoesNotContain(progress.Lines, line => line.Contains("not converged"));
        }
    }

    [Fact]
    public void Score_RelatIfOfSplitDocuments_UsesTheSelfInfluenceOfTheWhole()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var rows = Rows.Split(6, 3);
        var context = new InfluenceContext { Capture = new GradientCapture(model), Documents = rows };
        using var method = AttributionMethods.Create("explicit", context, new MethodOptions(), NullProgress.Instance, default);
        var plain = method.Score(rows, Rows.Random(1, seed: 77), [new("q", [0])], Normalisation.None, _ => { }, NullProgress.Instance, default);
        var relative = method.Score(rows, Rows.Random(1, seed: 77), [new("q", [0])], Normalisation.RelatIf, _ => { }, NullProgress.Instance, default);
        var g = Dense.GaussNewton(rows, model.Open).add(eye(36, dtype: ScalarType.Float64).mul(method.Damping[0]));
        for (var d = 0; d < 6; d++)
        {
            var x = Flat(model, rows, d);
            var self = x.dot(linalg.solve(g, x.unsqueeze(1)).squeeze(1)).item<double>();
            Assert.Equal(plain[0, d] / Math.Sqrt(self), relative[0, d], 4);
        }
    }

    [Fact]
    public void Score_UnconvergedQuery_IsNamed()
    {
        using var scope = NewDisposeScope();
        var context = new InfluenceContext { Capture = new GradientCapture(new TinyModel()), Documents = Rows.Random(8) };
        var options = new MethodOptions { DampingFactor = 1e-4, Curvature = new CurvatureOptions { Cg = new CgOptions { Iterations = 2 } } };
        using var method = AttributionMethods.Create("cg", context, options, NullProgress.Instance, default);
        var progress = new Messages();
        method.Score(context.Documents, Rows.Random(1, seed: 77), [new("hard one", [0])], Normalisation.None, _ => { }, progress, default);
        Assert.Contains(progress.Lines, m => m.Contains("hard one") && m.Contains("not converged after 2"));
    }

    [Theory]
    [InlineData("kfac")]
    [InlineData("ekfac")]
    [InlineData("datainf")]
    [InlineData("explicit")]
    [InlineData("astra")]
    public void Score_NonFiniteDocument_IsNaNAndNamed(string name)
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        model.Embedding.select(0, 6).fill_(double.NaN);
        var rows = MemoryRows.FromTokens(["good", "bad", "other"], [[0, 1, 2, 3], [0, 6, 2], [0, 4, 3, 2, 1]]);
        var context = new InfluenceContext { Capture = new GradientCapture(model), Documents = rows };
        using var method = AttributionMethods.Create(name, context, new MethodOptions(), NullProgress.Instance, default);
        var excluded = new List<ExcludedDocument>();
        var scores = method.Score(rows, MemoryRows.FromTokens(["q"], [[0, 1, 2]]), [new("q", [0])], Normalisation.None, excluded.Add, NullProgress.Instance, default);
        Assert.Equal([false, true, false], scores.Row(0).ToArray().Select(float.IsNaN));
        Assert.Contains(excluded, e => e.Id == "bad");
    }

    [Fact]
    public void Create_ExplicitOfALargeModel_IsRefused()
    {
        var context = new InfluenceContext { Capture = new GradientCapture(new TinyModel()), Documents = Rows.Random(3) };
        var options = new MethodOptions { Curvature = new CurvatureOptions { MaxDimension = 35 } };
        var error = Assert.Throws<UsageException>(
            () => AttributionMethods.Create("explicit", context, options, NullProgress.Instance, default));
        Assert.Contains("36 × 36", error.Message);
    }

    [Fact]
    public void Validate_SeveralOptionsOutOfRange_NamesAll()
    {
        var options = new MethodOptions
        {
            DampingFactor = 0,
            Curvature = new CurvatureOptions { AbsoluteDamping = -1, Astra = new AstraOptions { Momentum = 1 }, Arnoldi = new ArnoldiOptions { Top = 500 } },
        };
        var error = Assert.Throws<UsageException>(options.Validate);
        foreach (var part in new[] { "damping factor is 0", "absolute damping is -1", "momentum is 1", "Arnoldi top is 500" })
        {
            Assert.Contains(part, error.Message);
        }
    }

    private static Tensor Flat(TinyModel model, IRowSource rows, int document) => cat([.. Dense.DocumentGradient(model, rows, document).Select(g => g.reshape(-1))], 0);
}
