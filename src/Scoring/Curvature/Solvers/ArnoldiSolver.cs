using Tda.Scoring.Curvature.Products;
using Tda.Scoring.Methods.InfluenceFunctions;

namespace Tda.Scoring.Curvature.Solvers;

/// <summary>
/// Schioppa et al. 2022 (arXiv 2112.03052): the largest eigenpairs of G by Arnoldi's iteration (G is symmetric, so Lanczos with full
/// reorthogonalisation), and <c>Σ_k q_k q_kᵀ/(λ_k + λ)</c> in place of the inverse. As in the paper, what lies outside the subspace is
/// dropped, not divided by λ.
/// </summary>
public sealed class ArnoldiSolver : ICurvatureSolver
{
    private readonly Tensor _vectors; // (k, D)

    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = SolvedInfluence.Entry(
        "arnoldi", MethodNeeds.None, "Gauss-Newton inverse on its largest eigenvectors", setup =>
        {
            var g = setup.Products();
            return new ArnoldiSolver(g, setup.Damping(g), setup.Options.Curvature.Arnoldi, setup.Context.Seed, setup.Cancellation);
        });

    /// <summary>Finds the eigenpairs.</summary>
    public ArnoldiSolver(
        ICurvatureOperator g, double damping, ArnoldiOptions options, long seed = 0, CancellationToken cancellation = default)
    {
        (Damping, Sequences) = ([damping], g.Sequences);
        using var scope = NewDisposeScope();
        var (basis, tridiagonal) = Iterate(g, options.Steps, seed, cancellation);
        var (values, rotation) = linalg.eigh(tridiagonal);                 // ascending
        var k = Math.Min(options.Top, values.shape[0]);
        Eigenvalues = FlatVectors.Numbers(values.narrow(0, values.shape[0] - k, k));
        _vectors = rotation.narrow(1, values.shape[0] - k, k).transpose(0, 1).to(g.Device).matmul(basis).DetachFromDisposeScope();
    }

    /// <summary>The eigenvalues kept, ascending.</summary>
    public IReadOnlyList<double> Eigenvalues { get; }

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping { get; }

    /// <inheritdoc/>
    public int Sequences { get; }

    /// <inheritdoc/>
    public SolveResult Solve(Tensor v, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var inverse = FlatVectors.Column(Eigenvalues.Select(x => 1 / (Math.Max(0, x) + Damping[0])), v).transpose(0, 1);
        return SolveResult.Direct(v.matmul(_vectors.transpose(0, 1)).mul(inverse).matmul(_vectors).MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose() => _vectors.Dispose();

    // Orthonormal rows (m, D) and QᵀGQ, tridiagonal up to rounding.
    private static (Tensor Basis, Tensor Tridiagonal) Iterate(ICurvatureOperator g, int steps, long seed, CancellationToken cancellation)
    {
        steps = (int)Math.Min(steps, g.Dimension);
        var basis = zeros([steps, g.Dimension], dtype: ScalarType.Float64, device: g.Device);
        var diagonal = new List<double>();
        var off = new List<double>();
        var q = Probes.Signs(1, g.Dimension, seed, g.Device).div(Math.Sqrt(g.Dimension));
        for (var k = 0; k < steps; k++)
        {
            using var step = NewDisposeScope();
            basis.narrow(0, k, 1).copy_(q);
            var w = g.Multiply(q, null, cancellation);
            diagonal.Add(q.mul(w).sum().item<double>());
            var before = basis.narrow(0, 0, k + 1);
            // Twice: once leaves rounding errors of the size of what was subtracted.
            for (var pass = 0; pass < 2; pass++)
            {
                w = w.sub(w.matmul(before.transpose(0, 1)).matmul(before));
            }

            var norm = FlatVectors.Norms(w)[0];
            // An invariant subspace: nothing new can come of this start.
            if (!(norm > 1e-10 * Math.Abs(diagonal.Max())))
            {
                break;
            }

            off.Add(norm);
            q = w.div(norm).MoveToOuterDisposeScope();
        }
        var m = diagonal.Count;
        var beside = diag(tensor(off.Take(m - 1).ToArray(), [m - 1], dtype: ScalarType.Float64), 1);
        return (basis.narrow(0, 0, m), diag(tensor(diagonal.ToArray(), [m], dtype: ScalarType.Float64)) + beside + beside.transpose(0, 1));
    }
}

/// <summary>How many eigenpairs Arnoldi keeps.</summary>
public sealed record ArnoldiOptions
{
    /// <summary>Steps of the iteration, each one product over all sequences; D numbers are kept a step. 1 to 10,000; default 100.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>Eigenpairs kept, the largest; at most <see cref="Steps"/>. Default 50.</summary>
    public int Top { get; init; } = 50;

    internal IEnumerable<string> Errors() => new OptionChecks()
        .Between("Arnoldi steps", Steps, 1, 10_000)
        .Between("Arnoldi top", Top, 1, Steps).Errors;
}
