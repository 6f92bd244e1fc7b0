using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.InfluenceFunctions;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Methods.InfluenceFunctions;

public class DocumentScorerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(12)]
    [InlineData(40)]
    [InlineData(4000)]
    public void Score_SplitDocuments_EqualDenseReferenceAtAnyBatchSize(int batchTokens)
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var rows = Rows.Split(7, 4);
        var capture = new GradientCapture(model, new CaptureOptions { BatchTokens = batchTokens });
        using var factors = new EkfacFitter(new GradientCapture(model), new EkfacOptions { DType = ScalarType.Float64 }).Fit(rows);
        using var preconditioner = new EkfacPreconditioner(factors, new Damping(), ScalarType.Float64, CPU);
        var queries = Rows.Random(3, seed: 77);
        using var gradients = QueryGradients.Compute(capture, queries, [new Target("a", [0]), new Target("mean", [0, 1, 2])]);
        using var directions = new FullDirections(preconditioner.Apply(gradients), chunkElements: 40);
        var scorer = new DocumentScorer(capture, chunkElements: 40);
        var scores = scorer.Score(rows, directions, preconditioner);

        for (var d = 0; d < 7; d++)
        {
            var g = Dense.DocumentGradient(model, rows, d);
            using var applied = preconditioner.Apply(new ModuleGradients(model.Modules, [.. g.Select(x => x.unsqueeze(0))]));
            var self = g.Select((x, m) => x.mul(applied.Tensors[m].select(0, 0)).sum().item<double>()).Sum();
            Assert.Equal(self, scorer.SelfInfluence![d], 8);
            double[] expected = [.. Enumerable.Range(0, 3).Select(q => Dense.DocumentGradient(model, queries, q).Select((x, m) => x.mul(applied.Tensors[m].select(0, 0)).sum().item<double>()).Sum())];
            Assert.Equal(expected[0], scores[0, d], 4);
            Assert.Equal(expected.Average(), scores[1, d], 4);
        }
    }

    [Fact]
    public void Score_NonFiniteDocument_IsNaNNotZero()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        model.Embedding.select(0, 6).fill_(double.NaN);
        var rows = MemoryRows.FromTokens(["good", "bad"], [[0, 1, 2], [0, 6, 2]]);
        var capture = new GradientCapture(model);
        using var directions = new FullDirections(QueryGradients.Compute(capture, MemoryRows.FromTokens(["q"], [[0, 1, 2]]), [new Target("q", [0])]));
        var scores = new DocumentScorer(capture).Score(rows, directions);
        Assert.True(float.IsFinite(scores[0, 0]));
        Assert.True(float.IsNaN(scores[0, 1]));
    }

    [Fact]
    public void LowRankDirections_FullRank_EqualFullAndApproximateBelow()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var rows = Rows.Random(15);
        var capture = new GradientCapture(model);
        using var gradients = QueryGradients.Compute(capture, Rows.Random(3, seed: 9), [new Target("a", [0]), new Target("b", [1]), new Target("c", [2])]);
        using var full = new FullDirections(gradients.Map((_, t) => t.clone()));
        using var whole = new LowRankDirections(model.Modules, 100);
        whole.Append(gradients);
        var expected = new DocumentScorer(capture).Score(rows, full);
        var actual = new DocumentScorer(capture).Score(rows, whole);
        for (var t = 0; t < 3; t++)
        {
            Numbers.Close([.. expected.Row(t).ToArray().Select(x => (double)x)], [.. actual.Row(t).ToArray().Select(x => (double)x)], 1e-5, "all factors kept");
        }

        using var two = new LowRankDirections(model.Modules, 1);
        two.Append(gradients);
        two.Append(gradients);
        Assert.Equal(6, two.Count);
        var low = new DocumentScorer(capture).Score(rows, two);
        Assert.Equal(low[0, 4], low[3, 4], 5);
    }

    [Theory]
    [InlineData(Normalisation.RelatIf, 3)]
    [InlineData(Normalisation.Cosine, 0.75)]
    [InlineData(Normalisation.HalfSelf, 4)]
    [InlineData(Normalisation.None, 6)]
    public void Apply_Normalisation_UsesSelfInfluence(Normalisation normalisation, double expected)
    {
        var scores = new ScoreMatrix(1, 1);
        scores[0, 0] = 6;
        Normaliser.Apply(scores, normalisation, [4], [16]);
        Assert.Equal(expected, scores[0, 0], 6);
    }
}
