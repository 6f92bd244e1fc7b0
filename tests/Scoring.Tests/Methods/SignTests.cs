using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.InfluenceFunctions;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Methods;

public class SignTests
{
    /*
     * By hand. One weight w = 0, input a = 1, logits (0, w): p(1) = σ(w) = ½.
     *   loss(label 1) = −log σ(w)       ∇ = σ(w) − 1 = −½
     *   loss(label 0) = −log(1 − σ(w))  ∇ = σ(w)     = +½
     * Corpus: m1 = one label 1, m0 = one label 0. With true labels G = mean g² = ¼, λ = 0.1 · ¼ = 1/40, G + λ = 11/40.
     * Query q = label 1:  score(m1, q) = (−½)(−½)/(11/40) = +10/11: training on m1 made the response more likely.
     *                     score(m0, q) = (−½)(+½)/(11/40) = −10/11.
     * Check by retraining: the mean loss's minimum without m1 lies at w → −∞, where loss(q) is larger: removing a proponent hurts.
     */
    [Fact]
    public void Score_OneParameterByHand_ProponentIsPositive()
    {
        using var scope = NewDisposeScope();
        var capture = new GradientCapture(new OneWeight());
        var corpus = MemoryRows.FromTokens(["m1", "m0"], [[0, 1], [0, 0]]);
        using var factors = new EkfacFitter(capture, new EkfacOptions { DType = ScalarType.Float64, Labels = LabelSource.True }).Fit(corpus);
        using var preconditioner = new EkfacPreconditioner(factors, new Damping(), ScalarType.Float64, CPU);
        Assert.Equal(1 / 40.0, preconditioner.Damping[0], 12);

        using var query = QueryGradients.Compute(capture, MemoryRows.FromTokens(["q"], [[0, 1]]), [new Target("q", [0])]);
        using var directions = new FullDirections(preconditioner.Apply(query));
        var scores = new DocumentScorer(capture).Score(corpus, directions);
        Assert.Equal(10 / 11.0, scores[0, 0], 6);
        Assert.Equal(-10 / 11.0, scores[0, 1], 6);
    }

    [Fact]
    public void Score_DocumentEqualToTheQuery_IsTheTopProponent()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var capture = new GradientCapture(model);
        var rows = Rows.Random(20, shortest: 6, longest: 6);
        using var factors = new EkfacFitter(capture, new EkfacOptions { DType = ScalarType.Float64 }).Fit(rows);
        using var preconditioner = new EkfacPreconditioner(factors, new Damping(), ScalarType.Float64, CPU);
        using var query = QueryGradients.Compute(capture, new MemoryRows(["q"], [rows.Load(13) with { Document = 0 }]), [new Target("q", [0])]);
        using var directions = new FullDirections(preconditioner.Apply(query));
        var scorer = new DocumentScorer(capture);
        var scores = scorer.Score(rows, directions, preconditioner);
        Assert.Equal(scorer.SelfInfluence![13], scores[0, 13], 4);
        // By Cauchy-Schwarz the document itself is first once the others' size is divided out.
        Normaliser.Apply(scores, Normalisation.RelatIf, scorer.SelfInfluence, null);
        Assert.Equal(13, Enumerable.Range(0, 20).MaxBy(d => scores[0, d]));
    }

    private sealed class OneWeight : ICaptureModel
    {
        public IReadOnlyList<ModuleShape> Modules { get; } = [new("w", 1, 1, false)];

        public int MaxPositions => 8;

        public ScalarType DType => ScalarType.Float64;

        public Device Device => CPU;

        public ForwardCapture Forward(Tensor ids, bool secondOrder = false)
        {
            var tap = zeros([ids.shape[0], ids.shape[1], 1], dtype: DType).requires_grad_(true);
            var input = ones([ids.shape[0], ids.shape[1], 1], dtype: DType);
            var output = input.mul(0).add(tap);
            return new ForwardCapture(cat([zeros_like(output), output], -1), [tap], [input]);
        }
    }
}
