using Tda.Scoring.Curvature.Solvers;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Curvature.Solvers;

public class LissaSolverTests
{
    [Fact]
    public void Solve_FullBatches_ApproachesTheExactSolution()
    {
        using var scope = NewDisposeScope();
        var g = MatrixOperator.Random(20, 12);
        using var solver = new LissaSolver(new MatrixOperator(g), 0.05, new LissaOptions { BatchRows = 0, Steps = 600 });
        var v = Dense.Vectors(3, 20);
        var result = solver.Solve(v);
        Numbers.Close(ConjugateGradientSolverTests.Exact(g, v, 0.05), result.Solutions, 1e-6, "Neumann series");
        Assert.All(result.Converged, Assert.True);
        Assert.InRange(solver.Scale, 1.05, 2); // 1.5 × the largest eigenvalue of G + λ, 1.05
    }

    [Fact]
    public void Solve_FewSteps_TellsTheResidual()
    {
        using var scope = NewDisposeScope();
        var g = MatrixOperator.Random(20, 12);
        using var solver = new LissaSolver(new MatrixOperator(g), 0.001, new LissaOptions { BatchRows = 0, Steps = 5 });
        var result = solver.Solve(Dense.Vectors(1, 20));
        Assert.False(result.Converged[0]);
        Assert.InRange(result.Residuals[0], 0.1, 1);
    }

    [Fact]
    public void Solve_MiniBatchesLargerThanTheirEstimate_DoublesTheScaleInsteadOfDiverging()
    {
        using var scope = NewDisposeScope();
        var g = MatrixOperator.Random(20, 12).mul(5);
        // Some batches are six times the mean: a scale from the sample alone is too small.
        using var solver = new LissaSolver(new MatrixOperator(g, noise: 5), 0.05, new LissaOptions { BatchRows = 10, Steps = 200, ScaleMargin = 1, PowerIterations = 1 });
        var result = solver.Solve(Dense.Vectors(1, 20));
        Assert.True(double.IsFinite(result.Residuals[0]));
        Assert.True(solver.Scale > 10, $"scale {solver.Scale}");
    }
}
