using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Projected;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Methods.Projected;

/// <summary>TRAK without a projection against the matrix that it never forms, of whole gradients by autograd, in float64.</summary>
public class KernelTrakTests
{
    private static readonly MethodOptions Exact = new() { Projected = new ProjectedOptions { TrakProjection = TrakProjection.Exact } };
    private static readonly Target[] Targets = [new("one", [1]), new("mean", [0, 2])];

    [Theory]
    [InlineData(1, 1L << 28)]
    [InlineData(4000, 1L << 28)]
    [InlineData(40, 110)] // an output at a time: ten passes
    public void Score_TwoModels_EqualsDenseMarginRegressionOnWholeGradients(int batchTokens, long elements)
    {
        using var scope = NewDisposeScope();
        TinyModel[] models = [new(seed: 1), new(seed: 2)];
        var documents = Rows.Split(8, 4);
        var queries = Rows.Random(3, seed: 77);
        var options = Exact with { Projected = Exact.Projected with { TrakElements = elements } };

        var scores = Runs.Score("trak", Context(models, documents, batchTokens), options, queries, Targets);

        var (products, missing) = (new double[2, 8], new double[8]);
        foreach (var model in models)
        {
            var phi = stack([.. Enumerable.Range(0, 8).Select(d => Phi(model, documents, d))], 0);
            var (gram, weights) = (phi.transpose(0, 1).matmul(phi) / 8, phi.shape[1]);
            gram = gram + (eye(weights, dtype: ScalarType.Float64) * (.1 * gram.trace().item<double>() / Math.Min(8, weights)));
            for (var t = 0; t < 2; t++)
            {
                var q = stack([.. Targets[t].Members.Select(i => Phi(model, queries, i))], 0).mean([0L]);
                var row = Numbers.Of(phi.matmul(linalg.solve(gram, q.unsqueeze(1))));
                for (var d = 0; d < 8; d++)
                {
                    products[t, d] += row[d] / 2;
                }
            }

            for (var d = 0; d < 8; d++)
            {
                missing[d] += RowsOf(documents, d).SelectMany(row => Probabilities(model, row)).Average(p => 1 - p) / 2;
            }
        }

        for (var t = 0; t < 2; t++)
        {
            Numbers.Close([.. Enumerable.Range(0, 8).Select(d => products[t, d] * missing[d])], Runs.Row(scores, t), 1e-6, $"target {t}");
        }
    }

    /// <summary>What a projection tends to: with many signs the projected scores are near these, with the same λ.</summary>
    [Fact]
    public void Score_ManySigns_ComeNear()
    {
        using var scope = NewDisposeScope();
        var (documents, queries) = (Rows.Random(8), Rows.Random(3, seed: 77));
        var context = Context([new(seed: 1)], documents, 4000);
        double[] Of(MethodOptions options) => Runs.Row(Runs.Score("trak", context, options, queries, Targets), 0);
        const int P = 2_000;
        // A projection's λ is relative to the mean of p eigenvalues, of which all but eight are 0.
        var projected = Of(new MethodOptions { DampingFactor = .1 * P / 8, Projected = new ProjectedOptions { TrakDimension = P } });
        Assert.True(Correlation.Pearson(Of(Exact), projected) > .98);
    }

    [Fact]
    public void Score_DocumentWithoutFiniteGradient_IsNamedAndOthersKeepTheirScores()
    {
        using var scope = NewDisposeScope();
        var good = Rows.Random(6, vocabulary: 6);
        var (tokens, names) = (Enumerable.Range(0, 6).Select(i => good.Load(i).Tokens).ToList(), Enumerable.Range(0, 6).Select(good.IdOf).ToList());
        tokens.Insert(2, [0, 6, 3, 1]);
        names.Insert(2, "bad");
        var model = new TinyModel(seed: 1);
        model.Embedding.select(0, 6).fill_(double.NaN);
        var (queries, excluded) = (Rows.Random(3, vocabulary: 6, seed: 77), new List<ExcludedDocument>());
        var expected = Runs.Score("trak", Context([model], good, 40), Exact, queries, Targets);
        var actual = Runs.Score("trak", Context([model], MemoryRows.FromTokens(names, tokens), 40), Exact, queries, Targets, excluded);
        Assert.Equal(["bad"], excluded.Select(e => e.Id));
        for (var t = 0; t < 2; t++)
        {
            Assert.True(float.IsNaN(actual[t, 2]));
            Numbers.Close(Runs.Row(expected, t), [.. Runs.Row(actual, t).Where((_, d) => d != 2)], 1e-6, "one bad document must not change the others");
        }
    }

    [Fact]
    public void Score_OtherDocumentsOrTooMany_IsRefused()
    {
        using var scope = NewDisposeScope();
        var (documents, queries) = (Rows.Random(8), Rows.Random(3, seed: 77));
        var context = Context([new(seed: 1)], documents, 400);
        var some = Runs.Score("trak", context, Exact, queries, Targets, documents: new RowFilter(documents, d => d == 3));
        Assert.Equal(Runs.Score("trak", context, Exact, queries, Targets)[0, 3], some[0, 3]);
        var others = MemoryRows.FromTokens(["new"], [[0, 1, 2]]);
        Assert.Contains("--projection random", Assert.Throws<UsageException>(() => Runs.Score("trak", context, Exact, queries, Targets, documents: others)).Message);
        var small = Exact with { Projected = Exact.Projected with { TrakElements = 63 } };
        Assert.Contains("8 documents", Assert.Throws<UsageException>(() => Runs.Score("trak", context, small, queries, Targets)).Message);
    }

    private static InfluenceContext Context(TinyModel[] models, IRowSource documents, int batchTokens)
    {
        GradientCapture[] captures = [.. models.Select(m => new GradientCapture(m, new CaptureOptions { BatchTokens = batchTokens }))];
        return new InfluenceContext { Capture = captures[0], Ensemble = captures, Documents = documents, Seed = 3 };
    }

    private static IEnumerable<TokenRow> RowsOf(IRowSource rows, int document) =>
        Enumerable.Range(0, rows.RowCount).Where(r => rows.DocumentOf(r) == document).Select(rows.Load);

    // ∇Σ_t margin_t = −Σ_t ∇loss_t/(1 − p_t), the weights of all layers as one vector.
    private static Tensor Phi(TinyModel model, IRowSource rows, int document) => RowsOf(rows, document).Select(row =>
    {
        var p = Probabilities(model, row);
        return cat([.. model.WeightGradients(row, t => -1 / (1 - p[t])).Select(g => g.reshape(-1))], 0);
    }).Aggregate((x, y) => x + y);

    private static double[] Probabilities(TinyModel model, TokenRow row)
    {
        var p = model.Forward(tensor(row.Tokens[..^1].Select(t => (long)t).ToArray(), [1, row.Positions], dtype: ScalarType.Int64)).Logits.softmax(-1);
        return [.. Enumerable.Range(0, row.Positions).Select(t => p[0, t, row.Tokens[t + 1]].item<double>())];
    }
}
