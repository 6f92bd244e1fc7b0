using Tda.Scoring.Curvature;
using Tda.Scoring.Curvature.Solvers;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Trajectory;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Methods.Trajectory;

public class AstraSourceTests
{
    [Fact]
    public void Score_DiagonalModel_EqualsDenseDampedInverseOfTheSegmentsGaussNewtonMatrix()
    {
        using var scope = NewDisposeScope();
        SigmoidModel[] models = [new([.3, -.5, .2]), new([.6, -.8, .5]), new([.9, -1, .7])];
        var documents = SigmoidModel.Documents(20, 3, 5);
        var queries = SigmoidModel.Documents(3, 3, 8);
        var context = new InfluenceContext
        {
            Capture = new GradientCapture(models[2]),
            Documents = documents,
            Trajectory = [.. models.Select((m, c) => Runs.Point(m, 10 * (c + 1), .5, 5 + c))],
        };
        var options = new MethodOptions
        {
            Source = new SourceOptions { Segments = 2 },
            Curvature = new CurvatureOptions { Astra = new AstraOptions { BatchRows = 0, HalveEvery = 0 } },
        };
        var scores = Runs.Score("astra-source", context, options, queries, Runs.Each(queries));

        // Diagonal: G_ii = share of documents with feature i times p(1 − p), mean over the segment's checkpoints. The step back is EK-FAC's,
        // whose labels are sampled.
        using var last = new SegmentFitter(documents, new EkfacOptions { DType = ScalarType.Float64 }, NullProgress.Instance, default)
            .Fit(new Segment([.. context.Trajectory.Skip(1)]));
        for (var q = 0; q < 3; q++)
        {
            var v = models[2].Gradient(queries.Load(q));
            var expected = new double[20];
            foreach (var segment in new[] { new[] { 1, 2 }, [0] })
            {
                var rate = segment.Sum(c => .5 * (5 + c));
                var w = v.Select((x, i) => x / (segment.Average(c => Curvature(models[c], documents, i)) + 1 / rate)).ToArray();
                for (var d = 0; d < 20; d++)
                {
                    expected[d] += segment.Average(c => models[c].Gradient(documents.Load(d)).Zip(w, (g, x) => g * x).Sum());
                }

                if (segment.Length == 2)
                {
                    v = StepBack(last, v, rate);
                }
            }
            Numbers.Close(expected, Runs.Row(scores, q), 1e-5, $"query {q}");
        }
    }

    private static double Curvature(SigmoidModel model, MemoryRows documents, int feature)
    {
        var p = 1 / (1 + Math.Exp(-model.Weight[0, feature].item<double>()));
        return Enumerable.Range(0, documents.RowCount).Count(d => documents.Load(d).Tokens[0] == feature) * p * (1 - p) / documents.RowCount;
    }

    private static double[] StepBack(EkfacFactors factors, double[] v, double rate)
    {
        var f = factors.Factors[0];
        var curvature = Dense.Ekfac(f.ActivationEigenvectors, f.GradientEigenvectors!, f.Lambda, 0);
        return Numbers.Of(linalg.matrix_exp(curvature * -rate).matmul(tensor(v, [v.Length, 1], dtype: ScalarType.Float64)));
    }
}
