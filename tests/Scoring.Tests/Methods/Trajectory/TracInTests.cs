using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Methods.Trajectory;

public class TracInTests
{
    private readonly TinyModel[] _models = [new(seed: 1), new(seed: 2), new(seed: 3)];
    private readonly MemoryRows _documents = Rows.Split(6, 3);
    private readonly MemoryRows _queries = Rows.Random(3, seed: 77);

    private InfluenceContext Context(int batchTokens = 2048) => new()
    {
        Capture = new GradientCapture(_models[2], new CaptureOptions { BatchTokens = batchTokens }),
        Documents = _documents,
        Trajectory =
        [
            Runs.Point(_models[0], 10, .5, 10, .9, batchTokens: batchTokens),
            Runs.Point(_models[1], 15, .25, 5, .9, batchTokens: batchTokens),
            Runs.Point(_models[2], 20, .1, 5, .9, batchTokens: batchTokens),
        ],
    };

    [Theory]
    [InlineData(1, 1L << 27)]
    [InlineData(4000, 1)]
    public void Score_ThreeCheckpoints_EqualsSumOfGradientProductsOneAtATime(int batchTokens, long queryElements)
    {
        using var scope = NewDisposeScope();
        Target[] targets = [new("one", [1]), new("mean", [0, 2])];
        var scores = Runs.Score("tracin", Context(batchTokens), new MethodOptions { QueryElements = queryElements }, _queries, targets);
        // η/(1 − β) · K
        double[] weights = [.5 / .1 * 10, .25 / .1 * 5, .1 / .1 * 5];
        for (var t = 0; t < 2; t++)
        {
            var expected = Enumerable.Range(0, 6).Select(
                d => _models.Zip(weights, (m, w) => w * targets[t].Members.Average(q => Product(m, q, d))).Sum()).ToArray();
            Numbers.Close(expected, Runs.Row(scores, t), 1e-6, $"target {t}");
        }
    }

    [Fact]
    public void Score_DocumentEqualToTheQuery_IsASumOfSquaresAndPositive()
    {
        using var scope = NewDisposeScope();
        var query = new MemoryRows(["q"], [_documents.Load(3) with { Document = 0 }]);
        Assert.True(Runs.Score("tracin", Context(), new MethodOptions(), query, [new("q", [0])])[0, _documents.DocumentOf(3)] > 0);
    }

    [Fact]
    public void Score_Cosine_OfADocumentWithItselfIsOne()
    {
        using var scope = NewDisposeScope();
        var rows = Rows.Random(5);
        var context = Context() with { Documents = rows };
        var scores = Runs.Score("tracin", context, new MethodOptions(), rows, Runs.Each(rows), normalisation: Normalisation.Cosine);
        for (var d = 0; d < 5; d++)
        {
            Assert.Equal(1, scores[d, d], 5);
        }
    }

    [Fact]
    public void Score_NotFiniteAtOneCheckpoint_IsSetApartByNameOnce()
    {
        using var scope = NewDisposeScope();
        _models[1].Embedding.select(0, 6).fill_(double.NaN);
        var rows = MemoryRows.FromTokens(["good", "bad"], [[0, 1, 2], [0, 6, 2]]);
        var asked = MemoryRows.FromTokens(["well", "ill"], [[0, 1, 2], [0, 6, 1]]);
        var excluded = new List<ExcludedDocument>();
        var scores = Runs.Score("tracin", Context() with { Documents = rows }, new MethodOptions(), asked, [new("both", [0, 1])], excluded);
        var alone = Runs.Score("tracin", Context() with { Documents = rows }, new MethodOptions(), asked, [new("well", [0])]);
        Assert.True(float.IsNaN(scores[0, 1]));
        Assert.Equal(alone[0, 0], scores[0, 0]);
        Assert.Equal([("ill", "query"), ("bad", "scores")], excluded.Select(e => (e.Id, e.Stage)));
    }

    private double Product(TinyModel model, int query, int document) =>
        Dense.DocumentGradient(model, _queries, query).Zip(
            Dense.DocumentGradient(model, _documents, document), (x, y) => x.mul(y).sum().item<double>()).Sum();
}
