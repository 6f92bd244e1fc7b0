using Tda.ProxyTrainer.Models;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Curvature;
using Tda.Scoring.Curvature.Products;
using Tda.Scoring.Curvature.Solvers;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods.InfluenceFunctions;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Curvature.Solvers;

public class AstraSolverTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(0, 64)]
    [InlineData(32, 64)]
    [InlineData(32, 128)]
    [InlineData(32, 256)]
    public void Solve_OneLayerTransformer_IsWithinATenthOfExactAndAFifthOfEkfac(int batchRows, int count)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(ModelFamily.Llama, layers: 1);
        using var problem = new Problem(new LanguageModelCapture(model), Rows.Random(count, vocabulary: 11), Rows.Random(3, vocabulary: 11, seed: 50), 0.1);
        Gate(problem, new AstraOptions { BatchRows = batchRows });
    }

    [Fact]
    public void Solve_Mlp_IsWithinATenthOfExactAndAFifthOfEkfac()
    {
        using var scope = NewDisposeScope();
        var (features, rows) = FeatureModel.Data(80, 4, 4);
        var model = new FeatureModel(features, 4, hidden: 8).Train(rows, 100, 0.5);
        using var problem = new Problem(model, rows, RowFilter.Documents(rows, 0, 3), 0.1);
        Gate(problem, new AstraOptions());
    }

    [Fact]
    public void Solve_StepSizeOne_IsCaughtByTheGuard()
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(ModelFamily.Llama, layers: 1);
        using var problem = new Problem(new LanguageModelCapture(model), Rows.Random(64, vocabulary: 11), Rows.Random(3, vocabulary: 11, seed: 50), 0.1);
        // Without a guard α = 1 diverges here.
        var system = new DampedSystem(problem.Curvature, problem.Damping);
        var x = problem.Ekfac(problem.Vectors);
        for (var k = 0; k < 20; k++)
        {
            x = x.sub(problem.Ekfac(system.Multiply(x, null, default).sub(problem.Vectors)));
        }

        Assert.All(DampedSystem.Relative(x, problem.Vectors), r => Assert.True(r > 1e6));

        using var solver = problem.Astra(new AstraOptions { BatchRows = 0, StepSize = 1 });
        var result = solver.Solve(problem.Vectors);
        output.WriteLine($"α=1: residuals {string.Join(" ", result.Residuals)}, reversals {solver.Reversals}, error {problem.Error(result.Solutions):g3} (EK-FAC {problem.EkfacError:g3})");
        Assert.True(solver.Reversals > 0);
        Assert.All(result.Converged, Assert.True);
        Assert.True(problem.Error(result.Solutions) <= 0.1);
    }

    [Fact]
    public void Solve_AutomaticStepSize_IsStableForTheMatrix()
    {
        // Preconditioner and matrix known: (P+λ)⁻¹(G+λ) has the largest eigenvalue 4, so α = 1/4.
        using var scope = NewDisposeScope();
        var g = MatrixOperator.Random(20, 20);
        using var solver = new AstraSolver(new MatrixOperator(g), 0.1, x => x.mul(4 / 1.1), new AstraOptions { BatchRows = 0, PowerIterations = 200, HalveEvery = 0 });
        var v = Dense.Vectors(2, 20);
        var result = solver.Solve(v);
        Assert.Equal(0.25, solver.StepSize, 3);
        Assert.Equal(0, solver.Reversals);
        Numbers.Close(ConjugateGradientSolverTests.Exact(g, v, 0.1), result.Solutions, 1e-3, "converged");
    }

    [Fact]
    public void Solve_SeveralQueries_EqualEachAlone()
    {
        using var scope = NewDisposeScope();
        var g = MatrixOperator.Random(20, 20);
        var v = Dense.Vectors(3, 20);
        using var solver = new AstraSolver(new MatrixOperator(g, noise: 0.2), 0.1, x => x.mul(0.9), new AstraOptions { BatchRows = 10 });
        var together = solver.Solve(v);
        for (var q = 0; q < 3; q++)
        {
            Numbers.Close(solver.Solve(v.narrow(0, q, 1)).Solutions, together.Solutions.narrow(0, q, 1), 1e-10, $"query {q}");
        }
    }

    [Fact]
    public void Solve_TwentyPreconditionedCgSteps_AreCloserThanEkfac()
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(ModelFamily.Gpt2, layers: 1);
        using var problem = new Problem(new LanguageModelCapture(model), Rows.Random(48, vocabulary: 11), Rows.Random(3, vocabulary: 11, seed: 50), 0.1);
        using var solver = new ConjugateGradientSolver(problem.Curvature, problem.Damping, new CgOptions { Iterations = 20 }, problem.Ekfac);
        var error = problem.Error(solver.Solve(problem.Vectors).Solutions);
        output.WriteLine($"astra-cg {error:g3}, EK-FAC {problem.EkfacError:g3}");
        Assert.True(error <= 0.5 * problem.EkfacError, $"astra-cg {error:g3}, EK-FAC {problem.EkfacError:g3}");
    }

    private void Gate(Problem problem, AstraOptions options)
    {
        using var solver = problem.Astra(options);
        var result = solver.Solve(problem.Vectors);
        var error = problem.Error(result.Solutions);
        output.WriteLine($"ASTRA {error:g3}, EK-FAC {problem.EkfacError:g3}, α {solver.StepSize:g3}, residuals {string.Join(" ", result.Residuals)}, reversals {solver.Reversals}");
        Assert.True(error <= 0.10 && error <= 0.2 * problem.EkfacError, $"ASTRA {error:g3}, EK-FAC {problem.EkfacError:g3}");
    }

    internal sealed class Problem : IDisposable
    {
        private readonly EkfacPreconditioner _ekfac;
        private readonly Tensor _exact;

        public Problem(ICaptureModel model, IRowSource rows, IRowSource queries, double dampingFactor)
        {
            var capture = new GradientCapture(model);
            Curvature = new GaussNewtonOperator(capture, rows);
            var g = DenseGaussNewton.Build(Curvature);
            Damping = dampingFactor * g.trace().item<double>() / Curvature.Dimension;
            using var factors = new EkfacFitter(capture, new EkfacOptions { DType = ScalarType.Float64 }).Fit(rows);
            _ekfac = new EkfacPreconditioner(factors, new Damping(Absolute: Damping), ScalarType.Float64, CPU);
            Ekfac = SolverSetup.Flat(_ekfac);
            using var gradients = QueryGradients.Compute(capture, queries, [.. Enumerable.Range(0, queries.RowCount).Select(q => new Target($"q{q}", [q]))]);
            Vectors = FlatVectors.Join(gradients.Tensors);
            _exact = ConjugateGradientSolverTests.Exact(g, Vectors, Damping);
        }

        public GaussNewtonOperator Curvature { get; }

        public double Damping { get; }

        public Tensor Vectors { get; }

        public Func<Tensor, Tensor> Ekfac { get; }

        public double EkfacError => Error(Ekfac(Vectors));

        public AstraSolver Astra(AstraOptions options) => new(Curvature, Damping, Ekfac, options);

        /// <summary>The worst query's relative distance to the exact solution.</summary>
        public double Error(Tensor x) => FlatVectors.Norms(x.sub(_exact)).Zip(FlatVectors.Norms(_exact), (d, n) => d / n).Max();

        public void Dispose() => _ekfac.Dispose();
    }
}
