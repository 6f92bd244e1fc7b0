using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Losses;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Methods.Losses;

public class LossCovarianceTests
{
    /*
     * By hand: three models, losses of m 1, 2, 3 and of q 2, 4, 6: the models that know m better know q better. m is a proponent, so the
     * score is positive: Cov = ((−1)(−2) + 0 + (1)(2))/2 = 2. An opposed document 3, 2, 1 has −2.
     */
    [Fact]
    public void Scores_ByHand_ProponentIsPositive()
    {
        var scores = LossCovariance.Scores([[1, 3, 5], [2, 2, 5], [3, 1, 5]], [[2], [4], [6]]);
        Assert.Equal([2, -2, 0], scores.Row(0).ToArray());
    }

    [Fact]
    public void Score_SmallPerturbations_TendToEkfacInfluence()
    {
        // Cov_k(g_mᵀδ, g_qᵀδ) = s² g_mᵀ(G + λI)⁻¹g_q for δ ~ N(0, s²(G + λI)⁻¹): the score has EK-FAC's sign, order and unit.
        using var scope = NewDisposeScope();
        var model = new SigmoidModel([.3, -.5, .2, .8]);
        var documents = SigmoidModel.Documents(20, 4, 5);
        var queries = SigmoidModel.Documents(4, 4, 9);
        var context = new InfluenceContext { Capture = new GradientCapture(model), Documents = documents, Seed = 1 };
        var options = new MethodOptions { Perturbation = new PerturbationOptions { Models = 4000, Scale = .01 } };
        var before = Numbers.Of(model.Weight);
        var covariance = Runs.Score("loss-covariance-perturbed", context, options, queries, Runs.Each(queries));
        var ekfac = Runs.Score("ekfac", context, options, queries, Runs.Each(queries));
        Assert.Equal(before, Numbers.Of(model.Weight));
        // Standard error of a covariance of 4,000 draws: about 1/√4000 = 1.6 %; cross terms of other features are of that size too.
        for (var q = 0; q < 4; q++)
        {
            Numbers.Close(Runs.Row(ekfac, q), Runs.Row(covariance, q), .08, $"query {q}");
        }
    }

    [Fact]
    public void Score_Ensemble_EqualsCovarianceOfLossesOneAtATime()
    {
        using var scope = NewDisposeScope();
        var models = Enumerable.Range(1, 5).Select(s => new TinyModel(seed: s)).ToArray();
        var documents = Rows.Split(6, 3);
        var queries = Rows.Random(3, seed: 77);
        Target[] targets = [new("one", [1]), new("mean", [0, 2])];
        foreach (var batchTokens in new[] { 1, 4000 })
        {
            GradientCapture[] captures = [.. models.Select(m => new GradientCapture(m, new CaptureOptions { BatchTokens = batchTokens }))];
            var context = new InfluenceContext { Capture = captures[0], Ensemble = captures, Documents = documents };
            var scores = Runs.Score("loss-covariance", context, new MethodOptions(), queries, targets);
            var cosine = Runs.Score("loss-covariance", context, new MethodOptions(), queries, targets, normalisation: Normalisation.Cosine);
            for (var t = 0; t < 2; t++)
            {
                var ofQuery = models.Select(m => targets[t].Members.Average(q => Loss(m, queries, q))).ToArray();
                for (var d = 0; d < 6; d++)
                {
                    var ofDocument = models.Select(m => Loss(m, documents, d)).ToArray();
                    var products = ofQuery.Zip(ofDocument, (x, y) => (x - ofQuery.Average()) * (y - ofDocument.Average()));
                    var expected = products.Sum() / 4 * documents.RowCount;
                    Assert.Equal(expected, scores[t, d], 3);
                    Assert.Equal(Correlation.Pearson(ofQuery, ofDocument), cosine[t, d], 4);
                }
            }
        }
    }

    [Fact]
    public void Score_InfiniteLoss_IsSetApartByName()
    {
        using var scope = NewDisposeScope();
        TinyModel[] models = [new(seed: 1), new(seed: 2), new(seed: 3)];
        models[1].Embedding.select(0, 6).fill_(double.NaN);
        GradientCapture[] captures = [.. models.Select(m => new GradientCapture(m))];
        var documents = MemoryRows.FromTokens(["good", "bad", "fine"], [[0, 1, 2], [0, 6, 2], [0, 3, 1]]);
        var queries = MemoryRows.FromTokens(["well", "ill"], [[0, 1, 2], [0, 6, 1]]);
        var excluded = new List<ExcludedDocument>();
        var context = new InfluenceContext { Capture = captures[0], Ensemble = captures, Documents = documents };
        var scores = Runs.Score("loss-covariance", context, new MethodOptions(), queries, [new("both", [0, 1])], excluded);
        Assert.True(float.IsNaN(scores[0, 1]));
        Assert.True(float.IsFinite(scores[0, 0]) && scores[0, 0] != 0);
        Assert.Equal([("ill", "query"), ("bad", "scores")], excluded.Select(e => (e.Id, e.Stage)));
    }

    [Fact]
    public void Create_OneModelOrWeightsThatCantBeShifted_SaysSo()
    {
        using var scope = NewDisposeScope();
        var context = new InfluenceContext { Capture = new GradientCapture(new TinyModel()), Documents = Rows.Random(5) };
        string Message(string method) =>
            Assert.Throws<UsageException>(() => Runs.Score(method, context, new MethodOptions(), Rows.Random(1), [new("q", [0])])).Message;
        Assert.Contains("ensemble", Message("loss-covariance"));
        Assert.Contains("shifted", Message("loss-covariance-perturbed"));
        var options = new MethodOptions { Perturbation = new PerturbationOptions { Models = 1 } };
        Assert.Contains("perturbed", Assert.Throws<UsageException>(options.Validate).Message);
    }

    private static double Loss(TinyModel model, IRowSource rows, int document)
    {
        var sum = 0.0;
        for (var r = 0; r < rows.RowCount; r++)
        {
            if (rows.DocumentOf(r) != document)
            {
                continue;
            }

            var row = rows.Load(r);
            var ids = tensor(row.Tokens[..^1].Select(t => (long)t).ToArray(), [1, row.Positions], dtype: ScalarType.Int64);
            var p = model.Forward(ids).Logits.softmax(-1);
            for (var t = row.FirstLossPosition; t < row.Positions; t++)
            {
                sum -= Math.Log(p[0, t, row.Tokens[t + 1]].item<double>());
            }
        }
        return sum;
    }
}
