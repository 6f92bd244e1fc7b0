using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Gradients;

public class LograTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(100)]
    public void Project_Batch_EqualsProjectionOfFullGradient(int rank)
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        using var projector = Projector.Random(model.Modules, rank, 7, ScalarType.Float64, CPU);
        new GradientCapture(model).ForEach(Rows.Random(5), LabelSource.True, batch =>
        {
            var projected = projector.Project(batch);
            for (var b = 0; b < batch.Rows.Count; b++)
            {
                var expected = model.WeightGradients(batch.Rows[b]).Select((g, m) =>
                    projector.Projections[m].Output.matmul(g).matmul(projector.Projections[m].Input.transpose(0, 1)).reshape(-1)).ToArray();
                Numbers.Close(cat(expected, 0), projected.select(0, b), 1e-9, "P_o G P_iᵀ");
            }
        });
    }

    [Fact]
    public void Random_RankAboveALayer_KeepsTheLayerWhole()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel(width: 4, hidden: 3);
        using var projector = Projector.Random(model.Modules, 64, 0, ScalarType.Float64, CPU);
        Assert.Equal((5, 3), (projector.Projections[0].InputRank, projector.Projections[0].OutputRank));
        var p = projector.Projections[0].Input;
        Numbers.Close(eye(5, dtype: ScalarType.Float64), p.matmul(p.transpose(0, 1)), 1e-12, "orthonormal rows");
    }

    [Fact]
    public void Solve_FullRank_EqualsDenseGaussNewtonSolve()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var rows = Rows.Random(12);
        using var projector = Projector.Random(model.Modules, 100, 3, ScalarType.Float64, CPU);
        using var curvature = Curvature(model, rows, projector);
        using var solver = curvature.Solver(new Damping());
        var query = Dense.DocumentGradient(model, rows, 1);
        using var directions = solver.Apply(new ModuleGradients(model.Modules, [.. query.Select(g => g.unsqueeze(0))]));
        for (var m = 0; m < 2; m++)
        {
            var g = stack([.. Enumerable.Range(0, 12).Select(d => Dense.DocumentGradient(model, rows, d)[m].reshape(-1))], 0);
            var dense = g.transpose(0, 1).matmul(g).div(12);
            var size = dense.shape[0];
            var damping = 0.1 * dense.trace().item<double>() / size;
            var expected = linalg.solve(dense + eye(size, dtype: ScalarType.Float64) * damping, query[m].reshape(-1, 1));
            Assert.Equal(damping, solver.Damping[m], 10);
            Numbers.Close(expected.reshape(-1), directions.Tensors[m].reshape(-1), 1e-9, "a rotation of the whole space changes nothing");
        }
    }

    [Fact]
    public void Solver_CalledTwice_DampsAfresh()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        using var projector = Projector.Random(model.Modules, 2, 3, ScalarType.Float64, CPU);
        using var curvature = Curvature(model, Rows.Random(12), projector);
        using var first = curvature.Solver(new Damping());
        using var second = curvature.Solver(new Damping());
        Assert.Equal(first.Damping, second.Damping);
    }

    [Fact]
    public void Pca_Projections_KeepTheLargestVariance()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var rows = Rows.Random(12);
        var fitter = new EkfacFitter(new GradientCapture(model), new EkfacOptions { DType = ScalarType.Float64 });
        using var sums = fitter.Covariances(rows);
        using var basis = fitter.Basis(sums);
        using var pca = Projector.Pca(model.Modules, 2, basis, ScalarType.Float64, CPU);
        using var random = Projector.Random(model.Modules, 2, 0, ScalarType.Float64, CPU);
        double Kept(Projector p) => p.Projections[0].Input.matmul(sums.Sums["first.activation"]).matmul(p.Projections[0].Input.transpose(0, 1)).trace().item<double>();
        Assert.True(Kept(pca) > Kept(random));
        Assert.Equal(Numbers.Of(linalg.eigh(sums.Sums["first.activation"]).Item1)[^2..].Sum(), Kept(pca), 6);
    }

    private static LograCurvature Curvature(TinyModel model, IRowSource rows, Projector projector)
    {
        var curvature = new LograCurvature(projector);
        new GradientCapture(model).ForEach(rows, LabelSource.True, batch => curvature.Add(projector.Project(batch)));
        return curvature;
    }
}
