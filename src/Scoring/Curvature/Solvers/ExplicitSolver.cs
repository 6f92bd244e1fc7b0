using Tda.Scoring.Curvature.Products;
using Tda.Scoring.Methods.InfluenceFunctions;

namespace Tda.Scoring.Curvature.Solvers;

/// <summary><c>(G + λI)⁻¹</c> by a Cholesky factor of the whole matrix, float64: the exact answer for small models.</summary>
public sealed class ExplicitSolver : ICurvatureSolver
{
    private readonly Tensor _damped;
    private readonly Tensor _factor;

    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = SolvedInfluence.Entry(
        "explicit", MethodNeeds.SmallModel, "exact inverse of the Gauss-Newton matrix, small models", Of);

    /// <summary>Builds the matrix and factors it.</summary>
    internal static ICurvatureSolver Of(MethodSetup setup)
    {
        var (capture, options) = (setup.Context.Capture, setup.Options);
        DenseGaussNewton.Require(FlatVectors.Dimension(capture.Model.Modules), options.Curvature.MaxDimension);
        using var scope = NewDisposeScope();
        var g = setup.Products();
        var matrix = DenseGaussNewton.Build(g, setup.Cancellation);
        var damping = options.Curvature.AbsoluteDamping ?? options.DampingFactor * matrix.trace().item<double>() / g.Dimension;
        return damping > 0 && double.IsFinite(damping)
            ? new ExplicitSolver(matrix, damping, g.Sequences)
            : throw new TdaException(
                $"the damping comes out as {damping}: no gradient reaches the tracked weights; give an absolute damping");
    }

    /// <summary>Factors a matrix. Copies what it keeps.</summary>
    /// <param name="matrix">G, (D, D) float64.</param>
    /// <param name="damping">λ, above 0.</param>
    /// <param name="sequences">Sequences that G is a mean over.</param>
    /// <exception cref="TdaException">The damped matrix is not positive definite.</exception>
    public ExplicitSolver(Tensor matrix, double damping, int sequences)
    {
        using var scope = NewDisposeScope();
        _damped = matrix.add(eye(matrix.shape[0], dtype: ScalarType.Float64, device: matrix.device).mul(damping)).DetachFromDisposeScope();
        var (l, info) = linalg.cholesky_ex(_damped);
        if (info.item<int>() != 0)
        {
            _damped.Dispose();
            throw new TdaException(
                $"G + λI is not positive definite at λ = {damping:g3}: the curvature is singular or damaged; raise the damping");
        }
        (_factor, Damping, Sequences) = (l.DetachFromDisposeScope(), [damping], sequences);
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping { get; }

    /// <inheritdoc/>
    public int Sequences { get; }

    /// <inheritdoc/>
    public SolveResult Solve(Tensor vectors, CancellationToken cancellation = default)
    {
        var x = vectors.transpose(0, 1).cholesky_solve(_factor).transpose(0, 1).contiguous();
        using var scope = NewDisposeScope();
        var residuals = DampedSystem.Relative(x.matmul(_damped).sub(vectors), vectors);
        return new(x, residuals, new int[residuals.Length], [.. residuals.Select(r => r < 1e-6)]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _damped.Dispose();
        _factor.Dispose();
    }
}
