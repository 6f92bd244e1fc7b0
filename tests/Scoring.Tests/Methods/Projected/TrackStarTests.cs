using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Projected;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Methods.Projected;

public class TrackStarTests
{
    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 4000)]
    [InlineData(false, 40)]
    public void Score_SplitDocuments_IsTheCosineOfDenselyWhitenedGradients(bool secondMoments, int batchTokens)
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var documents = Rows.Split(8, 4);
        var queries = Rows.Random(3, seed: 77);
        Tensor[] v = [.. model.Modules.Select(
            m => rand([1, m.Outputs, m.Columns], dtype: ScalarType.Float64, generator: new Generator(5)) + .1)];
        var context = new InfluenceContext
        {
            Capture = new GradientCapture(model, new CaptureOptions { BatchTokens = batchTokens }),
            Documents = documents,
            Seed = 3,
            Trajectory = [Runs.Point(model, 5, .1, 5, .9, secondMoments ? Moments : null)],
        };
        var scores = Runs.Score(
            "trackstar", context, new MethodOptions { Projected = new ProjectedOptions { Rank = 2, QueryShare = .7 } }, queries,
            Runs.Each(queries));

        ModuleGradients Moments() => new(model.Modules, [.. v.Select(t => t.clone())]);
        using var projector = Projector.Random(model.Modules, 2, 3, ScalarType.Float64, CPU);
        Tensor Feature(Tensor g, int m) => projector.Projections[m].Output
            .matmul(secondMoments ? g / (v[m].select(0, 0).sqrt() + 1e-8) : g)
            .matmul(projector.Projections[m].Input.transpose(0, 1)).reshape(-1);
        var whitened = new Tensor[2][];
        for (var m = 0; m < 2; m++)
        {
            Tensor Mean(IRowSource rows) => stack([.. Enumerable.Range(0, rows.RowCount).Select(r =>
            {
                var z = Feature(model.WeightGradients(rows.Load(r))[m], m);
                return z.unsqueeze(1).matmul(z.unsqueeze(0));
            })], 0).mean([0L]);
            var mixed = .7 * Mean(queries) + .3 * Mean(documents);
            mixed = mixed + eye(4, dtype: ScalarType.Float64) * (.1 * mixed.trace().item<double>() / 4);
            // R^{−1/2} by its eigenvectors: both sides are whitened, then made unit vectors.
            var (values, vectors) = linalg.eigh(mixed);
            var root = vectors.matmul(diag(values.pow(-.5))).matmul(vectors.transpose(0, 1));
            whitened[m] = [.. Enumerable.Range(0, 8).Select(d => root.matmul(Feature(Dense.DocumentGradient(model, documents, d)[m], m))),
                .. Enumerable.Range(0, 3).Select(q => root.matmul(Feature(Dense.DocumentGradient(model, queries, q)[m], m)))];
        }
        for (var q = 0; q < 3; q++)
        {
            var expected = Enumerable.Range(0, 8).Select(
                d => nn.functional.normalize(Whole(d), dim: 0).dot(nn.functional.normalize(Whole(8 + q), dim: 0)).item<double>()).ToArray();
            Numbers.Close(expected, Runs.Row(scores, q), 1e-5, $"query {q}");
        }

        Tensor Whole(int i) => cat([whitened[0][i], whitened[1][i]], 0);
    }
}
