using Tda.Scoring.Curvature.Products;
using Tda.Scoring.Curvature.Solvers;
using Tda.Scoring.Gradients;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Curvature.Solvers;

public class DataInfSolverTests
{
    [Fact]
    public void Solve_TinyModel_EqualsMeanOfExplicitInverses()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var rows = Rows.Random(7);
        using var solver = new DataInfSolver(new GradientCapture(model, new CaptureOptions { BatchTokens = 20 }), rows);
        var v = Dense.Vectors(2, 36);
        using var parts = FlatVectors.Split(model.Modules, v, ScalarType.Float64);
        using var solved = FlatVectors.Split(model.Modules, solver.Solve(v).Solutions, ScalarType.Float64);
        for (var m = 0; m < 2; m++)
        {
            var g = Enumerable.Range(0, 7).Select(d => Dense.DocumentGradient(model, rows, d)[m].reshape(-1)).ToArray();
            var lambda = 0.1 * g.Average(x => x.square().sum().item<double>()) / g[0].shape[0];
            Assert.Equal(lambda, solver.Damping[m], 10);
            // The definition: the inverses of rank-one matrices, each written out.
            var inverses = g.Select(x => linalg.inv(x.outer(x).add(eye(x.shape[0], dtype: ScalarType.Float64).mul(lambda))));
            var expected = parts.Tensors[m].flatten(1).matmul(stack([.. inverses], 0).mean([0L]));
            Numbers.Close(expected, solved.Tensors[m].flatten(1), 1e-9, model.Modules[m].Name);
        }
    }

    [Fact]
    public void Constructor_NonFiniteRow_IsNamedAndNotCounted()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        model.Embedding.select(0, 6).fill_(double.NaN);
        var apart = new List<int>();
        using var solver = new DataInfSolver(new GradientCapture(model), MemoryRows.FromTokens(["good", "bad"], [[0, 1, 2], [0, 6, 2]]), excluded: apart.Add);
        Assert.Equal([1], apart);
        Assert.Equal(1, solver.Sequences);
        Assert.True(solver.Damping.All(double.IsFinite));
        Assert.Throws<TdaException>(() => new DataInfSolver(new GradientCapture(model), MemoryRows.FromTokens(["bad"], [[0, 6, 2]])));
    }
}
