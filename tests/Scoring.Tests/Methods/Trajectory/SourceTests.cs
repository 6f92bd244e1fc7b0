using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Trajectory;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Methods.Trajectory;

public class SourceTests
{
    private static readonly double[][] Weights = [[0, 0, 0, 0], [.3, -.5, .2, .1], [.6, -.8, .5, .1], [.9, -1, .7, .3], [1, -1.2, .8, .35], [1.1, -1.3, .9, .4]];

    // Empirical labels, so that the dense matrix is made of the same gradients and nothing is left to sampling.
    private static readonly MethodOptions Options = new() { Source = new SourceOptions { Labels = LabelSource.True } };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(9)]
    public void Score_DiagonalModel_EqualsDenseExponentialsOfTheFullGaussNewtonMatrix(int segments)
    {
        using var scope = NewDisposeScope();
        var models = Weights.Select(w => new SigmoidModel(w)).ToArray();
        var documents = SigmoidModel.Documents(25, 4, 5);
        var queries = SigmoidModel.Documents(4, 4, 8);
        var context = Context(models, documents, momentum: .5);
        var scores = Runs.Score(
            "source", context, Options with { Source = Options.Source with { Segments = segments } }, queries, Runs.Each(queries));

        // Dense: per segment the mean Gauss-Newton matrix of its checkpoints, its matrix exponential, and the integral by its inverse.
        var count = Math.Min(segments, 6);
        for (var q = 0; q < 4; q++)
        {
            var v = tensor(models[^1].Gradient(queries.Load(q)), [4, 1], dtype: ScalarType.Float64);
            var expected = new double[25];
            for (var l = count - 1; l >= 0; l--)
            {
                var (from, to) = (l * 6 / count, (l + 1) * 6 / count);
                var rate = context.Trajectory.Skip(from).Take(to - from).Sum(p => p.LearningRate / .5 * p.Steps);
                var curvature = zeros([4, 4], dtype: ScalarType.Float64);
                for (var c = from; c < to; c++)
                {
                    curvature = curvature + Curvature(models[c], documents) / (to - from);
                }

                var decay = linalg.matrix_exp(curvature * -rate);
                var w = linalg.solve(curvature, v - decay.matmul(v));
                for (var d = 0; d < 25; d++)
                {
                    for (var c = from; c < to; c++)
                    {
                        var g = tensor(models[c].Gradient(documents.Load(d)), [1, 4], dtype: ScalarType.Float64);
                        expected[d] += g.matmul(w).item<double>() / (to - from);
                    }
                }
                v = decay.matmul(v);
            }
            Numbers.Close(expected, Runs.Row(scores, q), 1e-6, $"query {q}: scores are float32, all else is exact");
        }
    }

    [Fact]
    public void Score_OneSegment_EqualsItsClosedFormOnTheFactors()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var documents = Rows.Split(8, 3);
        var queries = Rows.Random(3, seed: 77);
        var context = Context([model], documents);
        var rate = context.Trajectory[0].EffectiveRate * context.Trajectory[0].Steps;
        var scores = Runs.Score(
            "source", context, new MethodOptions { Source = new SourceOptions { Segments = 1 } }, queries, Runs.Each(queries));

        using var factors = new EkfacFitter(new GradientCapture(model), new EkfacOptions { DType = ScalarType.Float64 }).Fit(documents);
        for (var q = 0; q < 3; q++)
        {
            var expected = new double[8];
            for (var m = 0; m < 2; m++)
            {
                var f = factors.Factors[m];
                var curvature = Dense.Ekfac(f.ActivationEigenvectors, f.GradientEigenvectors!, f.Lambda, 0);
                var integral = Dense.Ekfac(f.ActivationEigenvectors, f.GradientEigenvectors!, 0 * f.Lambda + ClosedForm(f.Lambda, rate), 0);
                var v = Dense.DocumentGradient(model, queries, q)[m].reshape(-1, 1);
                // G·F(G) = I − e^{−ηKG}: by the matrix exponential, which knows no basis.
                Numbers.Close(
                    v - linalg.matrix_exp(curvature * -rate).matmul(v), curvature.matmul(integral.matmul(v)), 1e-9, "closed form");
                for (var d = 0; d < 8; d++)
                {
                    expected[d] += Dense.DocumentGradient(model, documents, d)[m].reshape(1, -1).matmul(integral.matmul(v)).item<double>();
                }
            }
            Numbers.Close(expected, Runs.Row(scores, q), 1e-6, $"query {q}");
        }
    }

    [Theory]
    [InlineData(1e-7)]
    [InlineData(1)]
    [InlineData(1e9)]
    public void Integrate_OneSegment_TendsToInfluenceWithDampingOneOverRate(double rate)
    {
        // F(σ) = (1 − e^{−ηKσ})/σ against 1/(σ + 1/(ηK)): their ratio (1 − e^{−x})(1 + x)/x, x = ηKσ, is 1 at both ends and at most 1.299.
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        using var factors = new EkfacFitter(new GradientCapture(model), new EkfacOptions { DType = ScalarType.Float64 }).Fit(
            Rows.Random(30));
        using var segment = new EkfacSegment(factors, rate, ScalarType.Float64, CPU);
        using var v = QueryGradients.Compute(new GradientCapture(model), Rows.Random(1, seed: 77), [new Target("q", [0])]);
        using var unrolled = segment.Integrate(v);
        for (var m = 0; m < 2; m++)
        {
            var f = factors.Factors[m];
            var gradient = Numbers.Of(Rotate(f, v.Tensors[m]));
            var mine = Numbers.Of(Rotate(f, unrolled.Tensors[m]));
            var sigma = Numbers.Of(f.Lambda);
            for (var i = 0; i < sigma.Length; i++)
            {
                if (Math.Abs(gradient[i]) < 1e-6)
                {
                    continue; // rounding
                }

                var ratio = mine[i] / (gradient[i] / (sigma[i] + 1 / rate));
                var slack = rate * sigma[i] is < 1e-5 or > 1e5 ? 1e-4 : .2986;
                Assert.InRange(ratio, 1 - 1e-6, 1 + slack);
            }
        }

        static Tensor Rotate(ModuleFactors f, Tensor v) =>
            f.GradientEigenvectors!.transpose(0, 1).matmul(v).matmul(f.ActivationEigenvectors);
    }

    [Fact]
    public void Score_ShortTraining_TendsToRateTimesGradDot()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var documents = Rows.Random(9);
        var queries = Rows.Random(2, seed: 77);
        var context = Context([model], documents) with { Trajectory = [Runs.Point(model, 1, 1e-8, 1)] };
        var source = Runs.Score("source", context, new MethodOptions(), queries, Runs.Each(queries));
        var dot = Runs.Score("grad-dot", context, new MethodOptions(), queries, Runs.Each(queries));
        for (var q = 0; q < 2; q++)
        {
            Numbers.Close(
            [.. Runs.Row(dot, q).Select(x => 1e-8 * x)], Runs.Row(source, q), 1e-5, "F(σ) tends to ηK");
        }
    }

    [Fact]
    public void Score_AgainstRetrainingWithoutEachDocument_PredictsTheChangeInNats()
    {
        // Full-batch gradient descent from zero, η = 2, 60 steps, 12 checkpoints; then again without each document, all else alike.
        using var scope = NewDisposeScope();
        const int N = 60;
        var documents = SigmoidModel.Documents(N, 4, 11);
        var queries = SigmoidModel.Documents(4, 4, 8);
        var checkpoints = new List<double[]>();
        var final = Train(documents, -1, checkpoints);
        var context = new InfluenceContext
        {
            Capture = new GradientCapture(new SigmoidModel(final)),
            Documents = documents,
            Trajectory = [.. checkpoints.Select((w, c) => Runs.Point(new SigmoidModel(w), 5 * (c + 1), 2, 5))],
        };
        var scores = Runs.Score(
            "source", context, Options with { Source = Options.Source with { Segments = 6 } }, queries, Runs.Each(queries));
        var (predicted, actual) = (new List<double>(), new List<double>());
        for (var d = 0; d < N; d++)
        {
            var without = Train(documents, d, null);
            for (var q = 0; q < 4; q++)
            {
                predicted.Add(scores[q, d] / N);
                actual.Add(Loss(queries.Load(q), without) - Loss(queries.Load(q), final));
            }
        }
        Assert.True(Correlation.Pearson(predicted, actual) > .97, $"Pearson {Correlation.Pearson(predicted, actual)}");
        var slope = predicted.Zip(actual, (x, y) => x * y).Sum() / predicted.Sum(x => x * x);
        Assert.InRange(slope, .8, 1.25);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(13, 400)]
    public void Score_BatchSizeAndQueryBudget_DontMatter(int batchTokens, long queryElements)
    {
        using var scope = NewDisposeScope();
        var models = Enumerable.Range(1, 4).Select(s => new TinyModel(seed: s)).ToArray();
        var documents = Rows.Split(7, 4);
        var queries = Rows.Random(3, seed: 77);
        var options = new MethodOptions { Source = new SourceOptions { Segments = 2 } };
        var expected = Runs.Score("source", Context(models, documents), options, queries, Runs.Each(queries));
        var actual = Runs.Score(
            "source", Context(models, documents, batchTokens: batchTokens), options with { QueryElements = queryElements }, queries,
            Runs.Each(queries));
        for (var q = 0; q < 3; q++)
        {
            Numbers.Close(Runs.Row(expected, q), Runs.Row(actual, q), 1e-6, "batches are no part of the method");
        }
    }

    [Fact]
    public void Score_NotFiniteAtOneCheckpoint_IsSetApartByName()
    {
        using var scope = NewDisposeScope();
        var models = Enumerable.Range(1, 3).Select(s => new TinyModel(seed: s)).ToArray();
        models[0].Embedding.select(0, 6).fill_(double.NaN);
        var documents = MemoryRows.FromTokens(["good", "bad", "fine"], [[0, 1, 2], [0, 6, 2], [0, 3, 1]]);
        var excluded = new List<ExcludedDocument>();
        var scores = Runs.Score("source", Context(models, documents), new MethodOptions(), documents, [new("good", [0])], excluded);
        Assert.True(float.IsNaN(scores[0, 1]));
        Assert.True(float.IsFinite(scores[0, 0]) && float.IsFinite(scores[0, 2]));
        Assert.Equal(["bad"], excluded.Select(e => e.Id));
    }

    [Fact]
    public void Score_RelatIf_IsRefused()
    {
        using var scope = NewDisposeScope();
        var documents = Rows.Random(3);
        Assert.Throws<UsageException>(() => Runs.Score(
            "source", Context([new TinyModel()], documents), new MethodOptions(), documents, [new("q", [0])],
            normalisation: Normalisation.RelatIf));
    }

    [Fact]
    public void Create_WithoutCheckpointsOrMoments_NamesWhatIsMissing()
    {
        var context = new InfluenceContext { Capture = new GradientCapture(new TinyModel()), Documents = Rows.Random(3) };
        foreach (var name in new[] { "tracin", "source" })
        {
            var missing = Assert.Throws<UsageException>(() => Runs.Score(name, context, new MethodOptions(), Rows.Random(1), [new("q", [0])]));
            Assert.Contains("checkpoints", missing.Message);
        }
        var error = Assert.Throws<UsageException>(() => Runs.Score(
            "source-adam", Context([new TinyModel()], Rows.Random(3)), new MethodOptions(), Rows.Random(1), [new("q", [0])]));
        Assert.Contains("second moments", error.Message);
        var options = new MethodOptions { Source = new SourceOptions { Segments = 0 } };
        Assert.Contains("segments", Assert.Throws<UsageException>(options.Validate).Message);
    }

    // Rates fall from .4, steps vary; each model is a checkpoint and the last the final one.
    private static InfluenceContext Context(
        IReadOnlyList<ICaptureModel> models, IRowSource documents, double momentum = 0, int batchTokens = 2048) => new()
        {
            Capture = new GradientCapture(models[^1], new CaptureOptions { BatchTokens = batchTokens }),
            Documents = documents,
            Trajectory = [.. models.Select((m, c) => Runs.Point(m, 10 * (c + 1), .4 / (c + 1), 3 + c, momentum, batchTokens: batchTokens))],
        };

    private static double[] Train(MemoryRows documents, int without, List<double[]>? checkpoints)
    {
        var w = new double[4];
        for (var step = 1; step <= 60; step++)
        {
            var g = new double[4];
            for (var d = 0; d < documents.RowCount; d++)
            {
                var (feature, label) = (documents.Load(d).Tokens[0], documents.Load(d).Tokens[1]);
                if (d != without)
                {
                    g[feature] += (1 / (1 + Math.Exp(-w[feature])) - label) / documents.RowCount;
                }
            }
            for (var i = 0; i < 4; i++)
            {
                w[i] -= 2 * g[i];
            }

            if (step % 5 == 0)
            {
                checkpoints?.Add([.. w]);
            }
        }
        return w;
    }

    private static double Loss(TokenRow row, double[] w) =>
        Math.Log(1 + Math.Exp(row.Tokens[1] == 1 ? -w[row.Tokens[0]] : w[row.Tokens[0]]));

    private static Tensor Curvature(SigmoidModel model, IRowSource documents)
    {
        var g = stack(
            [.. Enumerable.Range(0, documents.RowCount).Select(d => tensor(model.Gradient(documents.Load(d)), dtype: ScalarType.Float64))], 0);
        return g.transpose(0, 1).matmul(g).div(documents.RowCount);
    }

    private static Tensor ClosedForm(Tensor sigma, double rate)
    {
        var values = Numbers.Of(sigma).Select(s => s * rate < 1e-12 ? rate : (1 - Math.Exp(-rate * s)) / s).ToArray();
        return tensor(values, sigma.shape, dtype: ScalarType.Float64);
    }
}
