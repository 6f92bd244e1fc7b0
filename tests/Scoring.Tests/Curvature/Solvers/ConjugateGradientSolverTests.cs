using Tda.Scoring.Curvature.Solvers;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Curvature.Solvers;

public class ConjugateGradientSolverTests
{
    [Fact]
    public void Solve_SingularMatrixWithDamping_EqualsDenseSolve()
    {
        using var scope = NewDisposeScope();
        var g = MatrixOperator.Random(30, 12);
        using var solver = new ConjugateGradientSolver(new MatrixOperator(g), 0.05, new CgOptions { Tolerance = 1e-12 });
        var v = Dense.Vectors(4, 30);
        var result = solver.Solve(v);
        Numbers.Close(Exact(g, v, 0.05), result.Solutions, 1e-9, "(G + λI)⁻¹v");
        Assert.All(result.Residuals, r => Assert.True(r <= 1e-11));
        Assert.All(result.Converged, Assert.True);
        Assert.Equal([0.05], solver.Damping);
    }

    [Fact]
    public void Solve_SeveralQueries_EqualEachAloneAndEasyOnesLeaveEarly()
    {
        using var scope = NewDisposeScope();
        var g = MatrixOperator.Random(30, 20);
        var (_, vectors) = linalg.eigh(g);
        // An eigenvector takes one step, zero none.
        var v = cat([Dense.Vectors(1, 30), vectors.narrow(1, 29, 1).transpose(0, 1), zeros([1, 30], dtype: ScalarType.Float64)], 0);
        using var solver = new ConjugateGradientSolver(new MatrixOperator(g), 0.02, new CgOptions { Tolerance = 1e-10 });
        var together = solver.Solve(v);
        Assert.Equal(1, together.Iterations[1]);
        Assert.Equal(0, together.Iterations[2]);
        Assert.True(together.Iterations[0] > 5);
        for (var q = 0; q < 3; q++)
        {
            Numbers.Close(solver.Solve(v.narrow(0, q, 1)).Solutions, together.Solutions.narrow(0, q, 1), 1e-9, $"query {q} must not depend on the others");
        }
    }

    [Fact]
    public void Solve_IterationCap_SaysWhichQueryIsUnconverged()
    {
        using var scope = NewDisposeScope();
        var g = MatrixOperator.Random(30, 25);
        var (_, vectors) = linalg.eigh(g);
        var v = cat([Dense.Vectors(1, 30), vectors.narrow(1, 29, 1).transpose(0, 1)], 0);
        using var solver = new ConjugateGradientSolver(new MatrixOperator(g), 1e-3, new CgOptions { Iterations = 4 });
        var result = solver.Solve(v);
        Assert.Equal([false, true], result.Converged);
        Assert.Equal(4, result.Iterations[0]);
        Assert.True(result.Residuals[0] > 1e-4);
    }

    [Fact]
    public void Solve_GoodPreconditioner_NeedsFewerIterations()
    {
        using var scope = NewDisposeScope();
        var g = MatrixOperator.Random(40, 40);
        var near = linalg.inv(g.mul(1.1).add(eye(40, dtype: ScalarType.Float64).mul(0.011)));
        var v = Dense.Vectors(2, 40);
        using var plain = new ConjugateGradientSolver(new MatrixOperator(g), 0.01, new CgOptions());
        using var helped = new ConjugateGradientSolver(new MatrixOperator(g), 0.01, new CgOptions(), x => x.matmul(near));
        var (slow, fast) = (plain.Solve(v), helped.Solve(v));
        Assert.True(fast.Iterations.Max() * 3 < slow.Iterations.Max(), $"{fast.Iterations.Max()} against {slow.Iterations.Max()} iterations");
        Numbers.Close(Exact(g, v, 0.01), fast.Solutions, 1e-4, "same answer");
    }

    internal static Tensor Exact(Tensor g, Tensor v, double damping) =>
        linalg.solve(g.add(eye(g.shape[0], dtype: ScalarType.Float64).mul(damping)), v.transpose(0, 1)).transpose(0, 1);
}
