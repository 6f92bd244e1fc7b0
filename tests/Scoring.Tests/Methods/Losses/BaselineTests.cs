using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Methods.Losses;

public class BaselineTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4000)]
    public void HiddenCosine_SplitDocumentsAndPrompts_EqualsCosineOfMeansOneAtATime(int batchTokens)
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var documents = Rows.Split(6, 3);
        var queries = new MemoryRows(["a", "b"], [new TokenRow(0, [0, 3, 4, 2, 5], 1, 2, 1), new TokenRow(1, [0, 1, 6, 2], 1, 1, 2)]);
        var context = new InfluenceContext { Capture = Runs.Capture(model, batchTokens), Documents = documents };
        Target[] targets = [new("a", [0]), new("both", [0, 1])];
        var scores = Runs.Score("hidden-cosine", context, new MethodOptions(), queries, targets);
        for (var t = 0; t < 2; t++)
        {
            var q = targets[t].Members.Select(i => State(model, queries, i)).Aggregate((x, y) => x + y);
            var expected = Enumerable.Range(0, 6).Select(d =>
            {
                var state = State(model, documents, d);
                return (q.dot(state) / (q.norm() * state.norm())).item<double>();
            }).ToArray();
            Numbers.Close(expected, Runs.Row(scores, t), 1e-6, $"target {t}");
        }
    }

    [Fact]
    public void HiddenCosine_NotFinite_IsSetApartByName()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        model.Embedding.select(0, 6).fill_(double.NaN);
        var documents = MemoryRows.FromTokens(["good", "bad"], [[0, 1, 2], [0, 6, 2]]);
        var excluded = new List<ExcludedDocument>();
        var context = new InfluenceContext { Capture = Runs.Capture(model), Documents = documents };
        var scores = Runs.Score("hidden-cosine", context, new MethodOptions(), documents, [new("q", [0])], excluded);
        Assert.Equal(1, scores[0, 0], 6);
        Assert.True(float.IsNaN(scores[0, 1]));
        Assert.Equal(["bad"], excluded.Select(e => e.Id));
    }

    [Fact]
    public void Random_OrderOfDocuments_DoesntMatterAndSeedDoes()
    {
        var tokens = Enumerable.Range(0, 300).Select(_ => new[] { 0, 1 }).ToArray();
        string[] ids = [.. Enumerable.Range(0, 300).Select(i => $"doc-{i}")];
        var forward = MemoryRows.FromTokens(ids, tokens);
        var backward = MemoryRows.FromTokens([.. ids.Reverse()], tokens);
        var context = new InfluenceContext { Capture = new GradientCapture(new TinyModel()), Documents = forward, Seed = 1 };
        Target[] targets = [new("a", [0]), new("b", [0])];
        var scores = Runs.Score("random", context, new MethodOptions(), forward, targets);
        Assert.Equal(
            Runs.Row(scores, 0), Runs.Row(
                Runs.Score("random", context with { Documents = backward }, new MethodOptions(), forward, targets), 0).Reverse());
        Assert.NotEqual(Runs.Row(scores, 0), Runs.Row(scores, 1));
        Assert.NotEqual(
            Runs.Row(scores, 0), Runs.Row(Runs.Score("random", context with { Seed = 2 }, new MethodOptions(), forward, targets), 0));
        Assert.InRange(Runs.Row(scores, 0).Average(), -.15, .15);
        Assert.InRange(Runs.Row(scores, 0).Average(x => x * x), .25, .42);
    }

    private static Tensor State(TinyModel model, IRowSource rows, int document)
    {
        var states = new List<Tensor>();
        for (var r = 0; r < rows.RowCount; r++)
        {
            if (rows.DocumentOf(r) != document)
            {
                continue;
            }

            var row = rows.Load(r);
            var ids = tensor(row.Tokens[..^1].Select(t => (long)t).ToArray(), [1, row.Positions], dtype: ScalarType.Int64);
            var inputs = model.Forward(ids).Inputs[^1].detach().squeeze(0);
            for (var t = row.FirstLossPosition; t < row.Positions; t++)
            {
                states.Add(inputs.select(0, t));
            }
        }
        return stack([.. states], 0).mean([0L]);
    }
}
