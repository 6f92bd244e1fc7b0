using Tda.Scoring.Curvature.Products;
using Tda.Scoring.Methods.InfluenceFunctions;

namespace Tda.Scoring.Curvature.Solvers;

/// <summary>
/// <c>(G + λI) x = v</c> by (preconditioned) conjugate gradients (Hestenes and Stiefel 1952), many queries side by side: they share
/// each pass over the sequences, and a query that is done leaves the block. With EK-FAC as preconditioner and start, and 20
/// iterations, it is ASTRA's CG variant (arXiv 2507.14740).
/// </summary>
/// <param name="g">The curvature.</param>
/// <param name="damping">λ, above 0.</param>
/// <param name="options">When to stop.</param>
/// <param name="preconditioner">An approximate inverse, symmetric positive definite, (Q, D) to (Q, D); null: none, start at 0.</param>
/// <param name="owned">Disposed of with the solver.</param>
public sealed class ConjugateGradientSolver(
    ICurvatureOperator g, double damping, CgOptions options, Func<Tensor, Tensor>? preconditioner = null, IDisposable? owned = null)
    : ICurvatureSolver
{
    private readonly DampedSystem _system = new(g, damping);

    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = SolvedInfluence.Entry(
        "cg", MethodNeeds.None, "Gauss-Newton inverse by conjugate gradients", setup =>
        {
            var g = setup.Products();
            return new ConjugateGradientSolver(g, setup.Damping(g), setup.Options.Curvature.Cg);
        });

    /// <summary>Entry of ASTRA's variant.</summary>
    public static AttributionMethod AstraMethod { get; } = SolvedInfluence.Entry(
        "astra-cg", MethodNeeds.Factors, "Gauss-Newton inverse by conjugate gradients preconditioned with EK-FAC", Astra);

    /// <summary>Preconditioned with EK-FAC, fitted where the context has none.</summary>
    internal static ICurvatureSolver Astra(MethodSetup setup)
    {
        var g = setup.Products();
        var damping = setup.Damping(g);
        var ekfac = setup.Ekfac(damping);
        return new ConjugateGradientSolver(g, damping, setup.Options.Curvature.AstraCg, SolverSetup.Flat(ekfac), ekfac);
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping { get; } = [damping];

    /// <inheritdoc/>
    public int Sequences => g.Sequences;

    /// <inheritdoc/>
    public SolveResult Solve(Tensor vectors, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var solutions = preconditioner is null ? zeros_like(vectors) : preconditioner(vectors);
        var iterations = new int[vectors.shape[0]];
        var active = Enumerable.Range(0, iterations.Length).ToList();
        var r = vectors.sub(_system.Multiply(solutions, null, cancellation));
        var p = Precondition(r);
        var rz = FlatVectors.RowDots(r, p);
        using (NewDisposeScope())
        {
            Drop(Done(r, vectors));
        }

        for (var k = 0; k < options.Iterations && active.Count > 0; k++)
        {
            using var step = NewDisposeScope();
            var ap = _system.Multiply(p, null, cancellation);
            var curvature = FlatVectors.RowDots(p, ap);
            // Rounding alone can bring pᵀAp to 0 or below, once r is as small as it gets: that query stops where it is.
            var alpha = rz.div(curvature).masked_fill(curvature.le(0), 0);
            using (var at = Rows(active))
            {
                solutions.index_add_(0, at, p.mul(alpha), 1);
            }

            r = r.sub(ap.mul(alpha)).MoveToOuterDisposeScope();
            var z = Precondition(r);
            var next = FlatVectors.RowDots(r, z);
            p = z.add(p.mul(next.div(rz))).MoveToOuterDisposeScope();
            rz = next.MoveToOuterDisposeScope();
            foreach (var q in active)
            {
                iterations[q] = k + 1;
            }

            var broken = FlatVectors.Numbers(curvature).Select(c => !(c > 0));
            using var current = Rows(active);
            Drop([.. Done(r, vectors.index_select(0, current)).Zip(broken, (done, stuck) => done || stuck)]);
        }
        var residuals = _system.Residuals(solutions, vectors, cancellation);
        // The recurrence's residual drifts from the true one by rounding; twice the tolerance is still converged.
        return new(solutions.MoveToOuterDisposeScope(), residuals, iterations, [.. residuals.Select(x => x <= 2 * options.Tolerance)]);

        void Drop(IReadOnlyList<bool> done)
        {
            if (!done.Contains(true))
            {
                return;
            }

            var keep = Enumerable.Range(0, done.Count).Where(i => !done[i]).ToArray();
            active = [.. keep.Select(i => active[i])];
            if (keep.Length == 0)
            {
                return;
            }

            using var at = Rows(keep);
            r = r.index_select(0, at).MoveToOuterDisposeScope();
            p = p.index_select(0, at).MoveToOuterDisposeScope();
            rz = rz.index_select(0, at).MoveToOuterDisposeScope();
        }

        Tensor Rows(IEnumerable<int> which)
        {
            var numbers = which.Select(i => (long)i).ToArray();
            return tensor(numbers, [numbers.Length], dtype: ScalarType.Int64, device: vectors.device);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => owned?.Dispose();

    private Tensor Precondition(Tensor r) => preconditioner is null ? r.clone() : preconditioner(r);

    private bool[] Done(Tensor r, Tensor v) => [.. DampedSystem.Relative(r, v).Select(x => x <= options.Tolerance)];
}

/// <summary>When conjugate gradients stop.</summary>
public sealed record CgOptions
{
    /// <summary>Most iterations, each one product with G over all sequences. 1 to 100,000; default 100.</summary>
    public int Iterations { get; init; } = 100;

    /// <summary>Relative residual at which a query is done. 0 (never) up to 1; default 1e-5.</summary>
    public double Tolerance { get; init; } = 1e-5;

    internal IEnumerable<string> Errors() => new OptionChecks()
        .Between("CG iterations", Iterations, 1, 100_000)
        .Require(Tolerance is >= 0 and < 1, "CG tolerance", Tolerance, "at least 0 and below 1").Errors;
}
