using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Projected;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Methods.Projected;

public class TrakTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4000)]
    public void Score_TwoModels_EqualsDenseMarginRegressionOneAtATime(int batchTokens)
    {
        using var scope = NewDisposeScope();
        TinyModel[] models = [new(seed: 1), new(seed: 2)];
        var documents = Rows.Split(8, 4);
        var queries = Rows.Random(3, seed: 77);
        Target[] targets = [new("one", [1]), new("mean", [0, 2])];
        GradientCapture[] captures = [.. models.Select(m => new GradientCapture(m, new CaptureOptions { BatchTokens = batchTokens }))];
        var context = new InfluenceContext { Capture = captures[0], Ensemble = captures, Documents = documents, Seed = 3 };
        const int P = 6;
        var scores = Runs.Score(
            "trak", context, new MethodOptions { Projected = new ProjectedOptions { TrakDimension = P } }, queries, targets);

        // The signs as the product draws them, read off by projecting unit gradients.
        using var projection = new Rademacher(models[0].Modules, P, 3, ScalarType.Float64, CPU, long.MaxValue);
        var signs = Signs(projection, models[0]);
        Numbers.Close(new double[signs.numel()].Select(_ => 1 / Math.Sqrt(P)).ToArray(), Numbers.Of(signs.abs()), 1e-6, "±1/√p");
        var products = new double[2, 8];
        var missing = new double[8];
        foreach (var model in models)
        {
            Tensor Phi(IRowSource rows, int d) => Enumerable.Range(0, rows.RowCount).Where(r => rows.DocumentOf(r) == d)
                .Select(r => Margin(model, rows.Load(r)).Gradient.unsqueeze(0).matmul(signs).squeeze(0)).Aggregate((x, y) => x + y);
            var phi = stack([.. Enumerable.Range(0, 8).Select(d => Phi(documents, d))], 0);
            var gram = phi.transpose(0, 1).matmul(phi) / 8;
            gram = gram + eye(P, dtype: ScalarType.Float64) * (.1 * gram.trace().item<double>() / P);
            for (var t = 0; t < 2; t++)
            {
                var q = stack([.. targets[t].Members.Select(i => Phi(queries, i))], 0).mean([0L]);
                var row = Numbers.Of(phi.matmul(linalg.solve(gram, q.unsqueeze(1))));
                for (var d = 0; d < 8; d++)
                {
                    products[t, d] += row[d] / 2;
                }
            }
            for (var d = 0; d < 8; d++)
            {
                var p = Enumerable.Range(0, documents.RowCount).Where(r => documents.DocumentOf(r) == d)
                    .SelectMany(r => Margin(model, documents.Load(r)).Probabilities).ToArray();
                missing[d] += p.Average(x => 1 - x) / 2;
            }
        }
        for (var t = 0; t < 2; t++)
        {
            Numbers.Close([.. Enumerable.Range(0, 8).Select(d => products[t, d] * missing[d])], Runs.Row(scores, t), 1e-5, $"target {t}");
        }
    }

    [Fact]
    public void Score_LogisticRegression_OfADocumentWithItselfIsPositive()
    {
        using var scope = NewDisposeScope();
        var model = new SigmoidModel([.5, -.5, 1]);
        var documents = MemoryRows.FromTokens(["yes", "no", "other"], [[0, 1], [0, 0], [1, 1]]);
        var scores = Runs.Score(
            "trak", new InfluenceContext { Capture = Runs.Capture(model), Documents = documents }, new MethodOptions(), documents,
            Runs.Each(documents));
        // The margins of the two labels are ±w: opposite gradients.
        Assert.True(scores[0, 0] > 0 && scores[0, 1] < 0 && scores[1, 1] > 0);
    }

    [Fact]
    public void Capture_Margin_KeepsTheDigitsOfAConfidentPrediction()
    {
        using var scope = NewDisposeScope();
        var model = new SigmoidModel([60]);
        var capture = new GradientCapture(model, new CaptureOptions { Objective = CaptureObjective.Margin });
        capture.ForEach(MemoryRows.FromTokens(["a"], [[0, 1]]), LabelSource.True, batch =>
        {
            Assert.Equal(60, batch.TokenLosses.item<double>(), 9);
            Assert.Equal(1, batch.OutputGradients[0].item<double>(), 9);
        });
    }

    [Fact]
    public void Create_ProjectionTooLarge_SaysHowLarge()
    {
        using var scope = NewDisposeScope();
        var context = new InfluenceContext { Capture = new GradientCapture(new TinyModel()), Documents = Rows.Random(3) };
        var options = new MethodOptions { Projected = new ProjectedOptions { TrakElements = 100 } };
        var error = Assert.Throws<UsageException>(() => Runs.Score("trak", context, options, Rows.Random(1), [new("q", [0])]));
        Assert.Contains("elements", error.Message);
    }

    private static Tensor Signs(Rademacher projection, TinyModel model)
    {
        var blocks = new List<Tensor>();
        for (var m = 0; m < 2; m++)
        {
            for (var o = 0; o < model.Modules[m].Outputs; o++)
            {
                for (var i = 0; i < model.Modules[m].Columns; i++)
                {
                    Tensor[] s = [.. model.Modules.Select(x => zeros([1, 1, x.Outputs], dtype: ScalarType.Float64))];
                    Tensor[] a = [.. model.Modules.Select(x => zeros([1, 1, x.Columns], dtype: ScalarType.Float64))];
                    s[m][0, 0, o] = 1;
                    a[m][0, 0, i] = 1;
                    var mask = ones([1, 1], dtype: ScalarType.Float64);
                    blocks.Add(projection.Project(new CapturedBatch([new TokenRow(0, [0, 1], 1, 0, 0)], [true], CapturedLayer.Of(model.Modules, a, s), mask, mask, true)));
                }
            }
        }
        return cat([.. blocks], 0);
    }

    // Summed margins log p − log(1 − p) by autograd on the weights.
    private static (Tensor Gradient, double[] Probabilities) Margin(TinyModel model, TokenRow row)
    {
        var sum = zeros([model.Modules.Sum(m => m.Elements)], dtype: ScalarType.Float64);
        var probabilities = new double[row.Positions];
        var ids = tensor(row.Tokens[..^1].Select(t => (long)t).ToArray(), [1, row.Positions], dtype: ScalarType.Int64);
        var p = model.Forward(ids).Logits.softmax(-1);
        for (var t = 0; t < row.Positions; t++)
        {
            probabilities[t] = p[0, t, row.Tokens[t + 1]].item<double>();
            // ∇margin = −∇loss/(1 − p)
            var at = t;
            var g = model.WeightGradients(row, i => i == at ? 1 : 0);
            sum = sum - cat([.. g.Select(x => x.reshape(-1))], 0) / (1 - probabilities[t]);
        }
        return (sum, probabilities);
    }
}
