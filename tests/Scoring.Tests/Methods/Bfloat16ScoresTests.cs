using Tda.ProxyTrainer.Models;
using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Curvature;
using Tda.Scoring.Curvature.Solvers;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Projected;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Methods;

/// <summary>Every method over a model that computes in bfloat16, beside the same weights in float32.</summary>
public class Bfloat16ScoresTests
{
    private const double Least = .95;

    private static readonly MethodOptions Options = new()
    {
        Projected = new ProjectedOptions { Rank = 4, TrakDimension = 16 },
        // Few steps: both models take the same ones.
        Curvature = new CurvatureOptions
        {
            TraceProbes = 2,
            Cg = new CgOptions { Iterations = 40, Tolerance = 1e-3 }, // far from its end, CG is not linear in what it is given
            AstraCg = new CgOptions { Iterations = 4, Tolerance = 1e-2 },
            Lissa = new LissaOptions { Steps = 10, PowerIterations = 3 },
            Arnoldi = new ArnoldiOptions { Steps = 8, Top = 6 },
            Astra = new AstraOptions { Iterations = 3, PowerIterations = 3 },
        },
    };

    public static TheoryData<string> Names =>
        [.. AttributionMethods.OnRows.Where(m => m.Family is not (MethodFamily.Lexical or MethodFamily.Measured) && m.Name is not ("random" or "loss-covariance-perturbed" or "explicit")).Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Score_Bfloat16Model_RanksAsFloat32Does(string method)
    {
        using var scope = NewDisposeScope();
        var (expected, actual) = (Score(method, ScalarType.Float32), Score(method, ScalarType.BFloat16));
        for (var q = 0; q < 3; q++)
        {
            var correlation = Correlation.Spearman(Runs.Row(expected, q), Runs.Row(actual, q));
            Assert.True(correlation >= Least, $"{method}: Spearman {correlation} with float32's scores of query {q}");
        }
    }

    /// <summary>Perturbations would be rounded away: the loss would seem not to change, or by too much.</summary>
    [Fact]
    public void Score_MethodThatMovesWeightsALittle_IsRefused()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<UsageException>(() => Score("loss-covariance-perturbed", ScalarType.BFloat16));
        Assert.Contains("bfloat16", error.Message);
    }

    [Fact]
    public void Capture_Bfloat16Model_HandsOutFloat32AndSharesInputs()
    {
        using var scope = NewDisposeScope();
        var batch = new GradientCapture(new LanguageModelCapture(Model(ScalarType.BFloat16))).Capture([Rows.Random(1, 11).Load(0)], LabelSource.True);
        Assert.All(batch.Activations.Concat(batch.OutputGradients).Append(batch.TokenLosses).Append(batch.LossMask), t => Assert.Equal(ScalarType.Float32, t.dtype));
        Assert.Same(batch.Activations[0], batch.Activations[1]); // q and k read the same
    }

    [Theory]
    [InlineData(TokenDefinition.Loss)]
    [InlineData(TokenDefinition.Position)]
    public void Score_TokensOfABfloat16Model_RankAsFloat32s(TokenDefinition definition)
    {
        using var scope = NewDisposeScope();
        float[] Tokens(ScalarType type)
        {
            var capture = new GradientCapture(new LanguageModelCapture(Model(type)));
            using var query = QueryGradientsOf(capture);
            var scores = new List<float>();
            new TokenScorer(capture, definition).ForEach(Rows.Random(12, 11), query, row => scores.AddRange(row.Scores[0]), null, default);
            return [.. scores];
        }

        var correlation = Correlation.Spearman(
            [.. Tokens(ScalarType.Float32).Select(x => (double)x)], [.. Tokens(ScalarType.BFloat16).Select(x => (double)x)]);
        Assert.True(correlation >= Least, $"Spearman {correlation}");
    }

    private static ModuleGradients QueryGradientsOf(GradientCapture capture) =>
        QueryGradients.Compute(capture, Rows.Random(1, 11, seed: 77), [new Target("q", [0])]);

    private static LanguageModel Model(ScalarType type, int seed = 1)
    {
        using var exact = LanguageModelReference.Create(ModelFamily.Llama, ScalarType.Float32, seed: seed);
        var model = LanguageModel.Create(exact.Config, 0, CPU, type);
        using var none = no_grad();
        model.Flat.copy_(exact.Flat);
        return model;
    }

    private static ScoreMatrix Score(string method, ScalarType type)
    {
        var captures = Enumerable.Range(1, 3).Select(seed => new GradientCapture(new LanguageModelCapture(Model(type, seed)))).ToArray();
        var queries = Rows.Random(3, 11, seed: 77);
        var context = new InfluenceContext
        {
            Capture = captures[^1],
            Ensemble = captures,
            Documents = Rows.Random(16, 11, longest: 6),
            Seed = 3,
            Trajectory = [.. captures.Select((c, i) => Runs.Point(c.Model, 5 * (i + 1), .1, 5, .9, () => Moments(c.Model.Modules)))],
        };
        return Runs.Score(method, context, Options, queries, Runs.Each(queries));
    }

    private static ModuleGradients Moments(IReadOnlyList<ModuleShape> modules) =>
        new(modules, [.. modules.Select(m => rand([1, m.Outputs, m.Columns], dtype: ScalarType.Float64, generator: new Generator(5)).add(.1))]);
}
