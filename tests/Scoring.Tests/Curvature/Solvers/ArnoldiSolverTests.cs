using Tda.Scoring.Curvature.Solvers;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Curvature.Solvers;

public class ArnoldiSolverTests
{
    [Fact]
    public void Constructor_EnoughSteps_FindsTheLargestEigenvalues()
    {
        using var scope = NewDisposeScope();
        var g = MatrixOperator.Random(40, 40);
        using var solver = new ArnoldiSolver(new MatrixOperator(g), 0.01, new ArnoldiOptions { Steps = 40, Top = 6 });
        Numbers.Close(Numbers.Of(linalg.eigvalsh(g))[^6..], [.. solver.Eigenvalues], 1e-9, "top eigenvalues");
    }

    [Fact]
    public void Solve_Top_EqualsInverseOnThatSubspaceAndDropsTheRest()
    {
        using var scope = NewDisposeScope();
        var g = MatrixOperator.Random(30, 30);
        var (values, q) = linalg.eigh(g);
        var top = q.narrow(1, 25, 5);
        var v = Dense.Vectors(3, 30);
        var expected = v.matmul(top).div(values.narrow(0, 25, 5).add(0.02)).matmul(top.transpose(0, 1));
        using var solver = new ArnoldiSolver(new MatrixOperator(g), 0.02, new ArnoldiOptions { Steps = 30, Top = 5 });
        Numbers.Close(expected, solver.Solve(v).Solutions, 1e-8, "Schioppa et al.: Σ q qᵀ/(λ_k + λ)");
    }

    [Fact]
    public void Constructor_LowRankMatrix_StopsAtTheInvariantSubspace()
    {
        using var scope = NewDisposeScope();
        var g = MatrixOperator.Random(30, 4);
        var products = new MatrixOperator(g);
        using var solver = new ArnoldiSolver(products, 0.02, new ArnoldiOptions { Steps = 30, Top = 30 });
        Assert.True(products.Products <= 6, $"{products.Products} products");
        // Within G's range the subspace is complete.
        var v = Dense.Vectors(2, 30).matmul(g);
        Numbers.Close(ConjugateGradientSolverTests.Exact(g, v, 0.02), solver.Solve(v).Solutions, 1e-6, "range of G");
    }
}
