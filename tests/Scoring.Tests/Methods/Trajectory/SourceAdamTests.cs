using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Trajectory;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Methods.Trajectory;

public class SourceAdamTests
{
    [Fact]
    public void Score_DiagonalModel_EqualsDenseExponentialsOfThePreconditionedCurvature()
    {
        using var scope = NewDisposeScope();
        SigmoidModel[] models = [new([.3, -.5, .2]), new([.6, -.8, .5]), new([.9, -1, .7])];
        double[][] moments = [[.04, .01, .09], [.05, .02, .01], [.02, .03, .02]];
        var documents = SigmoidModel.Documents(20, 3, 5);
        var queries = SigmoidModel.Documents(3, 3, 8);
        const double Epsilon = 1e-3;
        const double Factor = 1e-6;
        var context = new InfluenceContext
        {
            Capture = new GradientCapture(models[2]),
            Documents = documents,
            Trajectory = [.. models.Select((m, c) => Runs.Point(m, 10 * (c + 1), .1, 5, .9, () => Moments(m, moments[c])))],
        };
        var options = new MethodOptions { DampingFactor = Factor, Source = new SourceOptions { Segments = 2, Labels = LabelSource.True, AdamEpsilon = Epsilon } };
        var scores = Runs.Score("source-adam", context, options, queries, Runs.Each(queries));

        // Dense: δ ← (I − ηPG)δ adds up to (I − e^{−ηKPG})(G + λI)⁻¹ from the right; transposed on the query. Adam's β₁ doesn't
        // lengthen steps.
        for (var q = 0; q < 3; q++)
        {
            var v = Column(models[2].Gradient(queries.Load(q)));
            var expected = new double[20];
            foreach (var segment in new[] { new[] { 1, 2 }, [0] })
            {
                var g = zeros([3, 3], dtype: ScalarType.Float64);
                var mean = new double[3];
                foreach (var c in segment)
                {
                    foreach (var d in Enumerable.Range(0, 20))
                    {
                        var x = Column(models[c].Gradient(documents.Load(d)));
                        g = g + x.matmul(x.transpose(0, 1)) / (20 * segment.Length);
                    }
                    for (var i = 0; i < 3; i++)
                    {
                        mean[i] += moments[c][i] / segment.Length;
                    }
                }
                var p = diag(tensor(mean.Select(m => 1 / (Math.Sqrt(m) + Epsilon)).ToArray(), dtype: ScalarType.Float64));
                var back = linalg.matrix_exp(g.matmul(p) * (-.1 * 5 * segment.Length));
                var damped = g + eye(3, dtype: ScalarType.Float64) * (Factor * g.trace().item<double>() / 3);
                var w = linalg.solve(damped, v - back.matmul(v));
                for (var d = 0; d < 20; d++)
                {
                    expected[d] += segment.Average(
                        c => Column(models[c].Gradient(documents.Load(d))).transpose(0, 1).matmul(w).item<double>());
                }

                v = back.matmul(v);
            }
            Numbers.Close(expected, Runs.Row(scores, q), 1e-6, $"query {q}");
        }
    }

    [Fact]
    public void Segment_DenseModel_EqualsItsFormulaOnTheFullMatrix()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var fitter = new EkfacFitter(new GradientCapture(model), new EkfacOptions { DType = ScalarType.Float64 });
        using var factors = fitter.Fit(Rows.Random(20));
        using var moments = new ModuleGradients(model.Modules, [.. model.Modules.Select(
            m => rand([1, m.Outputs, m.Columns], dtype: ScalarType.Float64, generator: new Generator(5)))]);
        using var segment = new AdamSegment(factors, moments, .7, 1e-8, new Damping(), ScalarType.Float64, CPU);
        using var query = QueryGradients.Compute(new GradientCapture(model), Rows.Random(2, seed: 7), [new("a", [0]), new("b", [1])]);
        using var integral = segment.Integrate(query);
        using var back = segment.StepBack(query);
        for (var m = 0; m < 2; m++)
        {
            var f = factors.Factors[m];
            var g = Dense.Ekfac(f.ActivationEigenvectors, f.GradientEigenvectors!, f.Lambda, 0);
            var decay = (g.diagonal() / moments.Tensors[m].reshape(-1).sqrt() * -.7).exp();
            var v = query.Tensors[m].flatten(1);
            var damped = Dense.Ekfac(f.ActivationEigenvectors, f.GradientEigenvectors!, f.Lambda, segment.Damping[m]);
            Numbers.Close(v * decay, back.Tensors[m].flatten(1), 1e-7, "e^{−ηKPG} on the diagonal");
            Numbers.Close(
                linalg.solve(damped, (v - v * decay).transpose(0, 1)).transpose(0, 1), integral.Tensors[m].flatten(1), 1e-6, "inverse after");
        }
    }

    private static Tensor Column(double[] values) => tensor(values, [values.Length, 1], dtype: ScalarType.Float64);

    private static ModuleGradients Moments(SigmoidModel model, double[] values) =>
        new(model.Modules, [tensor(values, [1, 1, values.Length], dtype: ScalarType.Float64)]);
}
