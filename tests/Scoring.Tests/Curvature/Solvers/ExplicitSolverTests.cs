using Tda.Scoring.Curvature.Solvers;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Curvature.Solvers;

public class ExplicitSolverTests
{
    [Fact]
    public void Solve_SingularMatrixWithDamping_EqualsDenseSolve()
    {
        using var scope = NewDisposeScope();
        var g = MatrixOperator.Random(20, 7);
        using var solver = new ExplicitSolver(g, 0.03, 9);
        var v = Dense.Vectors(3, 20);
        var result = solver.Solve(v);
        Numbers.Close(ConjugateGradientSolverTests.Exact(g, v, 0.03), result.Solutions, 1e-12, "(G + λI)⁻¹v");
        Assert.All(result.Residuals, r => Assert.True(r < 1e-12));
        Assert.Equal(9, solver.Sequences);
    }

    [Fact]
    public void Constructor_IndefiniteMatrix_IsAClearError()
    {
        using var scope = NewDisposeScope();
        var g = MatrixOperator.Random(6, 6).sub(eye(6, dtype: ScalarType.Float64));
        var error = Assert.Throws<TdaException>(() => new ExplicitSolver(g, 0.01, 1));
        Assert.Contains("not positive definite", error.Message);
    }
}
