using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Projected;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Methods.Projected;

public class LorifTests
{
    private readonly TinyModel _model = new();
    private readonly MemoryRows _documents = Rows.Split(12, 4);
    private readonly MemoryRows _queries = Rows.Random(3, seed: 77);

    private InfluenceContext Context(int batchTokens = 2048) =>
        new() { Capture = new GradientCapture(_model, new CaptureOptions { BatchTokens = batchTokens }), Documents = _documents, Seed = 3 };

    private ScoreMatrix Lorif(
        int factors, int curvature, int batchTokens = 2048, IRowSource? scored = null, Normalisation normalisation = Normalisation.None) => Runs.Score(
        "lorif", Context(batchTokens),
        new MethodOptions { Projected = new ProjectedOptions { Rank = 3, FactorRank = factors, CurvatureRank = curvature } },
        _queries, Runs.Each(_queries), normalisation: normalisation, documents: scored);

    [Theory]
    [InlineData(Normalisation.None)]
    [InlineData(Normalisation.RelatIf)]
    public void Score_FullRank_EqualsLogra(Normalisation normalisation)
    {
        using var scope = NewDisposeScope();
        var logra = Runs.Score(
            "logra", Context(), new MethodOptions { Projected = new ProjectedOptions { Rank = 3 } }, _queries, Runs.Each(_queries),
            normalisation: normalisation);
        var lorif = Lorif(100, 100, normalisation: normalisation);
        for (var q = 0; q < 3; q++)
        {
            Numbers.Close(Runs.Row(logra, q), Runs.Row(lorif, q), 1e-6, "nothing is left out at full rank");
        }
    }

    [Fact]
    public void Score_LowRank_EqualsDenseTruncationAndWoodburyOfTheTopDirections()
    {
        using var scope = NewDisposeScope();
        using var projector = Projector.Random(_model.Modules, 3, 3, ScalarType.Float64, CPU);
        var lorif = Lorif(1, 2);
        for (var q = 0; q < 3; q++)
        {
            var expected = new double[12];
            for (var m = 0; m < 2; m++)
            {
                var p = projector.Projections[m];
                Tensor Project(Tensor g) => p.Output.matmul(g).matmul(p.Input.transpose(0, 1));
                Tensor Truncated(Tensor g)
                {
                    var (u, s, w) = linalg.svd(Project(g), fullMatrices: false);
                    return (u.narrow(1, 0, 1) * s.narrow(0, 0, 1)).matmul(w.narrow(0, 0, 1)).reshape(-1);
                }
                var rows = stack(
                    [.. Enumerable.Range(0, _documents.RowCount).Select(r => Truncated(_model.WeightGradients(_documents.Load(r))[m]))], 0);
                var curvature = rows.transpose(0, 1).matmul(rows) / _documents.RowCount;
                var (values, vectors) = linalg.eigh(curvature);
                var top = vectors.narrow(1, vectors.shape[1] - 2, 2);
                var kept = top.matmul(diag(values.narrow(0, values.shape[0] - 2, 2))).matmul(top.transpose(0, 1));
                var damped = kept + eye(kept.shape[0], dtype: ScalarType.Float64) * (.1 * curvature.trace().item<double>() / kept.shape[0]);
                var solved = linalg.solve(damped, Project(Dense.DocumentGradient(_model, _queries, q)[m]).reshape(-1, 1));
                for (var r = 0; r < _documents.RowCount; r++)
                {
                    expected[_documents.DocumentOf(r)] += rows.select(0, r).matmul(solved).item<double>();
                }
            }
            Numbers.Close(expected, Runs.Row(lorif, q), 1e-5, $"query {q}");
        }
    }

    [Fact]
    public void Score_BatchSizeAndStore_DontMatter()
    {
        using var scope = NewDisposeScope();
        var expected = Lorif(1, 4);
        // Other rows than the fitted ones are truncated on the fly: the same documents must have the same scores.
        var again = Rows.Split(12, 4);
        foreach (var batchTokens in new[] { 1, 13, 4000 })
        {
            foreach (var scored in new[] { null, again })
            {
                var actual = Lorif(1, 4, batchTokens, scored);
                for (var q = 0; q < 3; q++)
                {
                    Numbers.Close(Runs.Row(expected, q), Runs.Row(actual, q), 1e-6, $"batch of {batchTokens}");
                }
            }
        }
    }

    [Fact]
    public void Score_RankOne_StillRanksLikeLogra()
    {
        using var scope = NewDisposeScope();
        var logra = Runs.Score(
            "logra", Context(), new MethodOptions { Projected = new ProjectedOptions { Rank = 3 } }, _queries, Runs.Each(_queries));
        var lorif = Lorif(1, 8);
        for (var q = 0; q < 3; q++)
        {
            Assert.True(Correlation.Spearman(Runs.Row(logra, q), Runs.Row(lorif, q)) > .7);
        }
    }

    [Fact]
    public void Leading_StreamedPieces_EqualTheSvdOfTheWhole()
    {
        using var scope = NewDisposeScope();
        var scale = arange(20, 0, -1, dtype: ScalarType.Float64).pow(2);
        var g = rand([60, 20], dtype: ScalarType.Float64, generator: new Generator(4)) * scale;
        var (vectors, values) = StreamedSvd.Leading(
            visit =>
            {
                for (var at = 0; at < 60; at += 7)
                {
                    visit(g.narrow(0, at, Math.Min(7, 60 - at)));
                }
            }, 20, 3, 2, 1, 0);
        var (_, singular, right) = linalg.svd(g, fullMatrices: false);
        Numbers.Close(singular.narrow(0, 0, 3).pow(2), values, 1e-6, "eigenvalues");
        Numbers.Close(eye(3, dtype: ScalarType.Float64), right.narrow(0, 0, 3).matmul(vectors).abs(), 1e-4, "eigenvectors");
    }
}
