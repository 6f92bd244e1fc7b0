using Tda.Scoring.Curvature;
using Tda.Scoring.Curvature.Solvers;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Losses;
using Tda.Scoring.Methods.Projected;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Methods;

/// <summary>What must hold of every trajectory, projected and loss method.</summary>
public class MethodPropertyTests
{
    private static readonly MethodOptions Options = new()
    {
        Projected = new ProjectedOptions { TrakDimension = 16 },
        Perturbation = new PerturbationOptions { Models = 6 },
        Curvature = new CurvatureOptions { Astra = new AstraOptions { Iterations = 3, PowerIterations = 3 } },
    };

    public static TheoryData<string> Names =>
        [.. AttributionMethods.OnRows.Where(m => m.Family is MethodFamily.Trajectory or MethodFamily.Projected or MethodFamily.Losses).Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Score_BatchSizeAndPadding_DontMatter(string method)
    {
        using var scope = NewDisposeScope();
        var documents = Rows.Split(8, 4);
        var queries = Rows.Random(3, seed: 77);
        var expected = Score(method, documents, queries, 1);
        foreach (var batchTokens in new[] { 19, 4000 })
        {
            var actual = Score(method, documents, queries, batchTokens);
            Close(expected, actual, 3, 1e-5, $"{method}: batch of {batchTokens}");
        }
    }

    /// <summary>These normalisations look at the documents alone; they once asked for self-influences of targets, which weren't there.</summary>
    [Theory]
    [InlineData("ekfac")]
    [InlineData("grad-dot")]
    public void Score_NormalisedByDocuments_UsesTheSelfInfluenceOfEach(string method)
    {
        using var scope = NewDisposeScope();
        var rows = Rows.Random(6);
        var context = new InfluenceContext { Capture = new GradientCapture(new TinyModel()), Documents = rows };
        ScoreMatrix Normalised(Normalisation kind) => Runs.Score(method, context, Options, rows, Runs.Each(rows), normalisation: kind);
        var plain = Normalised(Normalisation.None);
        var (relative, half) = (Normalised(Normalisation.RelatIf), Normalised(Normalisation.HalfSelf));
        for (var q = 0; q < 6; q++)
        {
            var own = Runs.Row(plain, q);
            Numbers.Close([.. own.Select((score, d) => score / Math.Sqrt(plain[d, d]))], Runs.Row(relative, q), 1e-5, "RelatIF");
            Numbers.Close([.. own.Select((score, d) => score - plain[d, d] / 2.0)], Runs.Row(half, q), 1e-5, "less half of itself");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Score_OrderOfDocuments_DoesntMatter(string method)
    {
        using var scope = NewDisposeScope();
        var documents = Rows.Random(9);
        var queries = Rows.Random(3, seed: 77);
        int[] order = [4, 7, 0, 2, 8, 1, 3, 6, 5];
        var shuffled = new MemoryRows(
            [.. order.Select(documents.IdOf)], [.. order.Select((d, i) => documents.Load(d) with { Document = i })]);
        var (expected, actual) = (Score(method, documents, queries, 40), Score(method, shuffled, queries, 40));
        for (var q = 0; q < 3; q++)
        {
            Numbers.Close([.. order.Select(d => (double)expected[q, d])], Runs.Row(actual, q), 1e-5, method);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Score_DocumentWithoutFiniteGradient_IsNamedAndOthersKeepTheirScores(string method)
    {
        using var scope = NewDisposeScope();
        var good = Rows.Random(6, vocabulary: 6);
        var tokens = Enumerable.Range(0, 6).Select(i => good.Load(i).Tokens).ToList();
        tokens.Insert(2, [0, 6, 3, 1]);
        var names = Enumerable.Range(0, 6).Select(good.IdOf).ToList();
        names.Insert(2, "bad");
        var mixed = MemoryRows.FromTokens(names, tokens);
        var queries = Rows.Random(2, vocabulary: 6, seed: 77);
        var excluded = new List<ExcludedDocument>();
        var expected = Score(method, good, queries, 40, poison: true);
        var actual = Score(method, mixed, queries, 40, excluded, poison: true);
        if (method == "random")
        {
            return; // it looks at no gradient
        }

        Assert.Equal(["bad"], excluded.Select(e => e.Id).Distinct());
        Assert.True(float.IsNaN(actual[0, 2]) && float.IsNaN(actual[1, 2]));
        // The loss covariance's N counts the row; all other methods must not notice it at all.
        var factor = method.StartsWith("loss-covariance", StringComparison.Ordinal) ? 7 / 6.0 : 1;
        if (method == "loss-covariance-perturbed")
        {
            return; // nor do its draws keep their length
        }

        for (var q = 0; q < 2; q++)
        {
            double[] others = [.. Runs.Row(actual, q).Where((_, d) => d != 2)];
            Numbers.Close([.. Runs.Row(expected, q).Select(x => x * factor)], others, 1e-5, $"{method}: one bad document must not change the others");
        }
    }

    [Theory]
    [InlineData("logra")]
    [InlineData("logra-pca")]
    [InlineData("lorif")]
    [InlineData("trackstar")]
    public void Score_RanksAboveALayersSize_KeepTheLayerWhole(string method)
    {
        using var scope = NewDisposeScope();
        var documents = Rows.Random(8);
        var queries = Rows.Random(2, seed: 77);
        ScoreMatrix At(int rank) => Score(method, documents, queries, 40, options: new MethodOptions { Projected = new ProjectedOptions { Rank = rank, FactorRank = rank, CurvatureRank = 10 * rank } });
        var (whole, more) = (At(10), At(1000));
        Close(whole, more, 2, 1e-6, "a rank above the layer's size is the layer's size");
    }

    private static void Close(ScoreMatrix expected, ScoreMatrix actual, int targets, double tolerance, string because)
    {
        for (var t = 0; t < targets; t++)
        {
            Numbers.Close(Runs.Row(expected, t), Runs.Row(actual, t), tolerance, because);
        }
    }

    private static ScoreMatrix Score(
        string method, IRowSource documents, IRowSource queries, int batchTokens, List<ExcludedDocument>? excluded = null, bool poison = false,
        MethodOptions? options = null)
    {
        var models = Enumerable.Range(1, 4).Select(s => new ShiftableTinyModel(s)).ToArray();
        foreach (var m in poison ? models : [])
        {
            m.Inner.Embedding.select(0, 6).fill_(double.NaN);
        }

        GradientCapture[] captures = [.. models.Select(m => new GradientCapture(m, new CaptureOptions { BatchTokens = batchTokens }))];
        var context = new InfluenceContext
        {
            Capture = captures[^1],
            Ensemble = captures,
            Documents = documents,
            Seed = 3,
            Trajectory = [.. models.Select((m, c) => Runs.Point(m, 5 * (c + 1), .1, 5, .9, () => Moments(m.Modules), batchTokens))],
        };
        return Runs.Score(method, context, options ?? Options, queries, Runs.Each(queries), excluded);
    }

    private static ModuleGradients Moments(IReadOnlyList<ModuleShape> modules) =>
        new(modules, [.. modules.Select(
            m => rand([1, m.Outputs, m.Columns], dtype: ScalarType.Float64, generator: new Generator(5)).add(.1))]);

    private sealed class ShiftableTinyModel(int seed) : IShiftableModel
    {
        public TinyModel Inner { get; } = new(seed: seed);

        public IReadOnlyList<ModuleShape> Modules => Inner.Modules;

        public int MaxPositions => Inner.MaxPositions;

        public ScalarType DType => Inner.DType;

        public Device Device => Inner.Device;

        public ForwardCapture Forward(Tensor ids, bool secondOrder = false) => Inner.Forward(ids, secondOrder);

        public IDisposable Shift(ModuleGradients delta) => new WeightShift(
        [
            (Inner.First, delta.Tensors[0].select(0, 0).narrow(1, 0, 4)), (Inner.FirstBias, delta.Tensors[0].select(0, 0).select(1, 4)),
            (Inner.Second, delta.Tensors[1].select(0, 0)),
        ]);
    }
}
