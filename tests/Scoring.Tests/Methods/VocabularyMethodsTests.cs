using Tda.ProxyTrainer.Models;
using Tda.Scoring.Attribution;
using Tda.Scoring.Curvature;
using Tda.Scoring.Curvature.Products;
using Tda.Scoring.Curvature.Solvers;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.InfluenceFunctions;
using Tda.Scoring.Methods.Losses;
using Tda.Scoring.Methods.Projected;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Methods;

/// <summary>Every method with LM head and token embedding among the tracked layers, tied and not.</summary>
public class VocabularyMethodsTests
{
    private static readonly MethodOptions Options = new()
    {
        Projected = new ProjectedOptions { TrakDimension = 16, Rank = 3 },
        Perturbation = new PerturbationOptions { Models = 4 },
        Curvature = new CurvatureOptions
        {
            Cg = new CgOptions { Iterations = 3 },
            TraceProbes = 2,
        },
    };

    // Solvers over the whole matrix differ only in how they use its products, which have a test below: one stands for them.
    private static readonly string[] Solvers = ["explicit", "lissa", "arnoldi", "astra", "astra-cg", "astra-source"];

    public static TheoryData<string, bool> Names => [.. from method in AttributionMethods.OnRows
                                                        where method.UsesModel && method.Family != MethodFamily.Measured && !method.Needs.HasFlag(MethodNeeds.Text) && !Solvers.Contains(method.Name) && method.Name != "random"
                                                        from tied in new[] { false, true }
                                                        select (method.Name, tied)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Score_BatchSizePaddingAndOrder_DontMatter(string method, bool tied)
    {
        using var scope = NewDisposeScope();
        var (documents, queries) = (Rows.Split(4, 3, 11), Rows.Random(2, 11, seed: 77));
        var expected = Score(method, tied, documents, queries, 1);
        int[] order = [2, 0, 3, 1];
        var rows = Enumerable.Range(0, documents.RowCount).Select(documents.Load).ToLookup(row => row.Document);
        var shuffled = Score(method, tied, new MemoryRows(
            [.. order.Select(documents.IdOf)], [.. order.SelectMany((d, i) => rows[d].Select(row => row with { Document = i }))]), queries, 4000);
        for (var q = 0; q < 2; q++)
        {
            Numbers.Close([.. order.Select(d => (double)expected[q, d])], Runs.Row(shuffled, q), 1e-4, $"{method}: one row at a time against all in another order");
        }
    }

    [Theory]
    [InlineData(ModelFamily.Llama, false)]
    [InlineData(ModelFamily.Llama, true)]
    [InlineData(ModelFamily.Gpt2, true)]
    [InlineData(ModelFamily.GptNeox, false)]
    public void GradDot_OfAllLayers_IsTheProductOfTheWholeGradients(ModelFamily family, bool tied)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(family, tied: tied);
        var (documents, queries) = (Rows.Random(5, 11), Rows.Random(2, 11, seed: 77));
        var context = new InfluenceContext { Capture = new GradientCapture(new LanguageModelCapture(model, LayerScope.Tied)), Documents = documents };
        var scores = Runs.Score("grad-dot", context, Options, queries, Runs.Each(queries));
        Tensor Whole(TokenRow row) => cat([.. LanguageModelReference.WeightGradients(model, row, scope: LayerScope.Tied).Select(g => g.flatten())], 0);
        for (var q = 0; q < 2; q++)
        {
            var asked = Whole(queries.Load(q));
            Numbers.Close([.. Enumerable.Range(0, 5).Select(d => asked.dot(Whole(documents.Load(d))).item<double>())], Runs.Row(scores, q), 1e-6, "cross terms of a tied matrix count");
        }
    }

    [Theory]
    [InlineData(ModelFamily.Llama, false)]
    [InlineData(ModelFamily.Llama, true)]
    [InlineData(ModelFamily.Gpt2, true)]
    public void GaussNewton_OfAllLayers_EqualsTheDenseJacobian(ModelFamily family, bool tied)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(family, layers: 1, tied: tied);
        var rows = Rows.Random(2, 11, longest: 4);
        var expected = Dense.GaussNewton(rows, row => LanguageModelReference.Open(model, row, LayerScope.Tied));
        var g = new GaussNewtonOperator(new GradientCapture(new LanguageModelCapture(model, LayerScope.Tied), new CaptureOptions { BatchTokens = 25 }), rows);
        var v = Dense.Vectors(2, g.Dimension);
        Numbers.Close(v.matmul(expected), g.Multiply(v), 1e-9, "double backward against the Jacobian");
        Numbers.Close(expected, DenseGaussNewton.Build(g), 1e-9, "matrix from gradients of single classes");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Tokens_ByLossAndByPosition_AreEachTokensGradientAndAddUpToTheDocument(bool tied)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(ModelFamily.Llama, tied: tied);
        var capture = new GradientCapture(new LanguageModelCapture(model, LayerScope.Tied), new CaptureOptions { BatchTokens = 24 });
        var rows = Rows.Split(5, 3, 11);
        var modules = capture.Model.Modules;
        using var directions = new FullDirections(new ModuleGradients(
            modules, [.. modules.Select((m, i) => Dense.Vectors(2, m.Elements, 8 + i).view(2, m.Outputs, m.Columns))]));
        var documents = new DocumentScorer(capture).Score(rows, directions);
        foreach (var definition in Enum.GetValues<TokenDefinition>())
        {
            var sums = new double[2, 5];
            new TokenScorer(capture, definition).ForEach(rows, directions.Matrices, scores =>
            {
                for (var d = 0; d < 2; d++)
                {
                    sums[d, scores.Row.Document] += scores.Scores[d].Sum(x => (double)x);
                }

                if (definition == TokenDefinition.Loss)
                {
                    var at = scores.Row.Positions - 2;
                    var g = LanguageModelReference.WeightGradients(model, scores.Row, p => p == at ? 1 : 0, LayerScope.Tied);
                    Assert.Equal(g.Select((x, m) => x.mul(directions.Matrices.Tensors[m].select(0, 1)).sum().item<double>()).Sum(), scores.Scores[1][at], 4);
                }
            });
            for (var d = 0; d < 2; d++)
            {
                Numbers.Close(Runs.Row(documents, d), [.. Enumerable.Range(0, 5).Select(i => sums[d, i])], 1e-5, $"{definition}: tokens add up to the document");
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Layers_OfEkfac_AddUpToTheDocument_AndAllFactorsOfAQueryGiveTheSame(bool tied)
    {
        using var scope = NewDisposeScope();
        var (documents, queries) = (Rows.Split(5, 3, 11), Rows.Random(3, 11, seed: 77));
        var context = Context(tied, documents, 30);
        var expected = Runs.Score("ekfac", context, Options, queries, Runs.Each(queries));
        var lowRank = Runs.Score("ekfac", context, Options with { QueryRank = 100 }, queries, Runs.Each(queries));
        using var influence = (LinearInfluence)AttributionMethods.Create("ekfac", context, Options, NullProgress.Instance, default);
        var layers = influence.ScoreLayers(documents, queries, Runs.Each(queries), _ => { }, NullProgress.Instance, default);
        for (var q = 0; q < 3; q++)
        {
            var target = q;
            Numbers.Close(Runs.Row(expected, q), Runs.Row(lowRank, q), 1e-5, "all factors kept");
            Numbers.Close(
                Runs.Row(expected, q),
                [.. Enumerable.Range(0, 5).Select(d => Enumerable.Range(0, layers.Layers).Sum(m => (double)layers.Row(target, m)[d]))], 1e-5, "layers add up");
        }
    }

    /// <summary>Exact TRAK takes all weights: some of them at a time, a vocabulary's rows too, or all at once.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ExactTrak_WeightsInSlices_AreTheSame(bool tied)
    {
        using var scope = NewDisposeScope();
        var (documents, queries) = (Rows.Split(4, 3, 11), Rows.Random(2, 11, seed: 77));
        var context = Context(tied, documents, 40);
        ScoreMatrix By(long elements) => Runs.Score(
            "trak", context, Options with { Projected = new ProjectedOptions { TrakProjection = TrakProjection.Exact, TrakElements = elements } }, queries, Runs.Each(queries));
        var (whole, slices) = (By(1L << 28), By(800));
        for (var q = 0; q < 2; q++)
        {
            Numbers.Close(Runs.Row(whole, q), Runs.Row(slices, q), 1e-6, "weights in slices against all at once");
        }
    }

    /// <summary>Whether LM head and embedding are tracked or not, its states are those that the last block reads.</summary>
    [Fact]
    public void HiddenCosine_MoreLayersTracked_StaysWhatItWas()
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(ModelFamily.Llama, tied: false);
        var documents = Rows.Random(5, 11);
        double[] At(LayerScope tracked) => Runs.Row(Runs.Score(
            new HiddenCosine(new GradientCapture(new LanguageModelCapture(model, tracked)), 5), documents, documents, Runs.Each(documents)), 0);
        Assert.Equal(At(LayerScope.Blocks), At(LayerScope.Tied));
    }

    [Fact]
    public void Pca_VocabularyWithoutABasis_IsProjectedAtRandom()
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(ModelFamily.Llama, tied: false, layers: 1);
        var capture = new GradientCapture(new LanguageModelCapture(model, LayerScope.Tied));
        var fitter = new EkfacFitter(capture, new EkfacOptions { DType = ScalarType.Float64 });
        using var covariances = fitter.Covariances(Rows.Random(5, 11));
        using var basis = fitter.Basis(covariances);
        using var pca = Projector.Pca(capture.Model.Modules, 3, basis, ScalarType.Float64, CPU, seed: 4);
        using var random = Projector.Random(capture.Model.Modules, 3, 4, ScalarType.Float64, CPU);
        Assert.Equal(Numbers.Of(random.Projections[^1].Output), Numbers.Of(pca.Projections[^1].Output));
        Assert.NotEqual(Numbers.Of(random.Projections[^2].Output), Numbers.Of(pca.Projections[^2].Output));
        Assert.NotEqual(Numbers.Of(random.Projections[^1].Input), Numbers.Of(pca.Projections[^1].Input));
    }

    private static ScoreMatrix Score(string method, bool tied, IRowSource documents, IRowSource queries, int batchTokens) =>
        Runs.Score(method, Context(tied, documents, batchTokens), Options, queries, Runs.Each(queries));

    private static InfluenceContext Context(bool tied, IRowSource documents, int batchTokens)
    {
        var models = Enumerable.Range(1, 3).Select(seed => new LanguageModelCapture(
            LanguageModelReference.Create(ModelFamily.Llama, seed: seed, layers: 1, tied: tied), LayerScope.Tied)).ToArray();
        GradientCapture[] captures = [.. models.Select(m => Runs.Capture(m, batchTokens))];
        return new InfluenceContext
        {
            Capture = captures[^1],
            Ensemble = captures,
            Documents = documents,
            Seed = 3,
            Trajectory = [.. models.Select((m, c) => Runs.Point(m, 5 * (c + 1), .1, 5, .9, () => new ModuleGradients(m.Modules, [.. m.Modules.Select(
                x => Dense.Vectors(1, x.Elements).square().add(.1).view(1, x.Outputs, x.Columns))]), batchTokens))],
        };
    }
}
