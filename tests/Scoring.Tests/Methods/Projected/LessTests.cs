using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Methods.Projected;

public class LessTests
{
    private readonly TinyModel[] _models = [new(seed: 1), new(seed: 2)];
    private readonly MemoryRows _documents = Rows.Split(6, 3);
    private readonly MemoryRows _queries = Rows.Random(3, seed: 77);

    [Theory]
    [InlineData(1)]
    [InlineData(4000)]
    public void Score_TwoCheckpoints_IsTheWeightedSumOfCosinesOneAtATime(int batchTokens)
    {
        using var scope = NewDisposeScope();
        Target[] targets = [new("one", [1]), new("mean", [0, 2])];
        var scores = Runs.Score("less", Context(batchTokens), new MethodOptions { Projected = new Tda.Scoring.Methods.Projected.ProjectedOptions { Rank = 2 } }, _queries, targets);

        double[] weights = [.4 * 10, .1 * 5];
        using var projector = Projector.Random(_models[0].Modules, 2, 3, ScalarType.Float64, CPU);
        for (var t = 0; t < 2; t++)
        {
            var expected = Enumerable.Range(0, 6).Select(d => _models.Index().Sum(c =>
            {
                Tensor Projected(Tensor[] gradient) => cat([.. gradient.Select((g, m) => projector.Projections[m].Output.matmul(g)
                    .matmul(projector.Projections[m].Input.transpose(0, 1)).reshape(-1))], 0);
                var step = Projected([.. Dense.DocumentGradient(c.Item, _documents, d).Select((g, m) => g / (Moments(c.Index)[m].select(0, 0).sqrt() + 1e-8))]);
                var query = stack([.. targets[t].Members.Select(q => Projected([.. Dense.DocumentGradient(c.Item, _queries, q)]))], 0).mean([0L]);
                return weights[c.Index] / weights.Sum() * (step.dot(query) / (step.norm() * query.norm())).item<double>();
            })).ToArray();
            Numbers.Close(expected, Runs.Row(scores, t), 1e-5, $"target {t}");
        }
    }

    [Fact]
    public void Score_Always_LiesBetweenMinusOneAndOne_AndIsHigherForTheQueryItself()
    {
        using var scope = NewDisposeScope();
        var rows = Rows.Random(6);
        var scores = Runs.Score("less", Context(4000) with { Documents = rows }, new MethodOptions(), rows, Runs.Each(rows));
        for (var q = 0; q < 6; q++)
        {
            Assert.All(Runs.Row(scores, q), score => Assert.InRange(score, -1, 1));
            Assert.True(scores[q, q] > 0);
        }
    }

    [Fact]
    public void Score_ANormalisation_IsRefused() => Assert.Contains("is a cosine already", Assert.Throws<UsageException>(() =>
        Runs.Score("less", Context(40), new MethodOptions(), _queries, Runs.Each(_queries), normalisation: Normalisation.RelatIf)).Message);

    private InfluenceContext Context(int batchTokens) => new()
    {
        Capture = new GradientCapture(_models[1], new CaptureOptions { BatchTokens = batchTokens }),
        Documents = _documents,
        Seed = 3,
        Trajectory =
        [
            Runs.Point(_models[0], 10, .4, 10, .9, () => new ModuleGradients(_models[0].Modules, Moments(0)), batchTokens),
            Runs.Point(_models[1], 15, .1, 5, .9, () => new ModuleGradients(_models[1].Modules, Moments(1)), batchTokens),
        ],
    };

    private Tensor[] Moments(int checkpoint) =>
        [.. _models[0].Modules.Select(m => rand([1, m.Outputs, m.Columns], dtype: ScalarType.Float64, generator: new Generator((ulong)(5 + checkpoint))) + .1)];
}
