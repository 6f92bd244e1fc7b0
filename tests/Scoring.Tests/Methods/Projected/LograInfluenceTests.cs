using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Projected;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Methods.Projected;

public class LograInfluenceTests
{
    [Theory]
    [InlineData("logra", 2, Normalisation.None)]
    [InlineData("logra", 100, Normalisation.RelatIf)]
    [InlineData("logra-pca", 2, Normalisation.Cosine)]
    public void Score_SplitDocuments_EqualsDenseSolveOfTheProjectedGaussNewton(string method, int rank, Normalisation normalisation)
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var documents = Rows.Split(8, 4);
        var queries = Rows.Random(3, seed: 77);
        Target[] targets = [new("one", [1]), new("mean", [0, 2])];
        foreach (var batchTokens in new[] { 1, 17, 4000 })
        {
            var context = new InfluenceContext { Capture = Runs.Capture(model, batchTokens), Documents = documents, Seed = 3 };
            var options = new MethodOptions { Projected = new ProjectedOptions { Rank = rank } };
            var scores = Runs.Score(method, context, options, queries, targets, normalisation: normalisation);
            for (var t = 0; t < 2; t++)
            {
                var expected = Expected(model, documents, queries, targets[t], method, rank, normalisation);
                Numbers.Close(expected, Runs.Row(scores, t), 1e-5, $"batch of {batchTokens}, target {t}");
            }
        }
    }

    private static double[] Expected(
        TinyModel model, IRowSource documents, IRowSource queries, Target target, string method, int rank, Normalisation normalisation)
    {
        using var basis = Basis(model, documents);
        using var projector = method == "logra"
            ? Projector.Random(model.Modules, rank, 3, ScalarType.Float64, CPU)
            : Projector.Pca(model.Modules, rank, basis, ScalarType.Float64, CPU);
        var (score, self, own) = (new double[documents.DocumentCount], new double[documents.DocumentCount], 0.0);
        for (var m = 0; m < 2; m++)
        {
            // vec(P_o G P_iᵀ) = (P_o ⊗ P_i) vec(G)
            var p = Dense.Kronecker(projector.Projections[m].Output, projector.Projections[m].Input);
            var rows = stack(
                [.. Enumerable.Range(0, documents.RowCount).Select(
                    r => p.matmul(model.WeightGradients(documents.Load(r))[m].reshape(-1)))], 0);
            var curvature = rows.transpose(0, 1).matmul(rows) / documents.RowCount;
            var damped = curvature + eye(p.shape[0], dtype: ScalarType.Float64) * (.1 * curvature.trace().item<double>() / p.shape[0]);
            var z = p.matmul(
                stack([.. target.Members.Select(q => Dense.DocumentGradient(model, queries, q)[m].reshape(-1))], 0).mean([0L]));
            var solved = linalg.solve(damped, z.unsqueeze(1));
            own += z.matmul(solved).item<double>();
            for (var d = 0; d < score.Length; d++)
            {
                var g = p.matmul(Dense.DocumentGradient(model, documents, d)[m].reshape(-1));
                score[d] += g.matmul(solved).item<double>();
                self[d] += g.matmul(linalg.solve(damped, g.unsqueeze(1))).item<double>();
            }
        }
        return [.. score.Select((s, d) => normalisation switch
        {
            Normalisation.RelatIf => s / Math.Sqrt(self[d]),
            Normalisation.Cosine => s / Math.Sqrt(self[d] * own),
            _ => s,
        })];
    }

    private static KroneckerBasis Basis(TinyModel model, IRowSource documents)
    {
        var fitter = new EkfacFitter(new GradientCapture(model), new EkfacOptions());
        using var sums = fitter.Covariances(documents);
        return fitter.Basis(sums);
    }
}
