using Tda.Scoring.Curvature.Products;
using Tda.Scoring.Methods.InfluenceFunctions;

namespace Tda.Scoring.Curvature.Solvers;

/// <summary>
/// ASTRA (Wang et al. 2025, arXiv 2507.14740): starts at the EK-FAC answer and iterates
/// <c>m ← βm + (P + λI)⁻¹[(G_k + λI)θ − v]</c>, <c>θ ← θ − αm</c>, P the EK-FAC approximation and G_k the Gauss-Newton matrix of a mini-batch.
/// <list type="number">
/// <item>α = 1/L, L the largest eigenvalue of <c>(P + λI)⁻¹(G + λI)</c> by power iteration; heavy ball is stable up to 2(1 + β)/L. With
/// mini-batches α = 1/(2L), L that of one batch: products of matrices that differ from step to step grow where each alone would not, and
/// the largest stable step shrinks with the batch (Jain et al. 2018, JMLR 18(223)).</item>
/// <item>A query whose residual is no number, or has grown beyond a multiple of what it started from, goes back to its best iterate and
/// starts from there with half the α. Residuals r are measured by <c>√(rᵀ(P + λI)⁻¹r)</c>, in which a stable iteration doesn't grow;
/// plain norms swing widely on the way to the solution.</item>
/// <item>α stays constant, and the mean over the last quarter of the iterates averages the batches' noise out (Polyak and Juditsky 1992;
/// tail averaging, Jain et al. 2018). The paper halves α every 50 iterations instead: that stops directions in which the preconditioned
/// matrix is small before they have converged. <see cref="AstraOptions.HalveEvery"/> brings it back.</item>
/// <item>Of the last iterate, the best and that mean the one with the smallest residual under the whole G is the answer.</item>
/// </list>
/// </summary>
/// <param name="g">The curvature.</param>
/// <param name="damping">λ, above 0.</param>
/// <param name="preconditioner"><c>(P + λI)⁻¹</c> with the same λ, (Q, D) to (Q, D).</param>
/// <param name="options">How to iterate.</param>
/// <param name="seed">Seed of the mini-batches.</param>
/// <param name="owned">Disposed of with the solver.</param>
public sealed class AstraSolver(
    ICurvatureOperator g, double damping, Func<Tensor, Tensor> preconditioner, AstraOptions options, long seed = 0,
    IDisposable? owned = null) : ICurvatureSolver
{
    // Of 1/L. Measured on the tests' transformer: 1/L diverges with a quarter or an eighth of the sequences, half of that doesn't.
    private const double MiniBatchStep = .5;

    // With batches smaller than the corpus: iterations between looks at the residual.
    private const int CheckEvery = 10;

    // A residual this many times the one it started from sends a query back.
    private const double GrowthLimit = 2;

    private readonly DampedSystem _system = new(g, damping);
    private readonly MiniBatchSchedule _schedule = new(g.Sequences, options.BatchRows, seed);
    private double? _stepSize;

    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = SolvedInfluence.Entry(
        "astra", MethodNeeds.Factors, "Gauss-Newton inverse iterated from EK-FAC's answer", setup =>
        {
            var g = setup.Products();
            var damping = setup.Damping(g);
            var ekfac = setup.Ekfac(damping);
            return new AstraSolver(g, damping, SolverSetup.Flat(ekfac), setup.Options.Curvature.Astra, setup.Context.Seed, ekfac);
        });

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping { get; } = [damping];

    /// <inheritdoc/>
    public int Sequences => g.Sequences;

    /// <summary>How often queries were sent back to their best iterates in the last solve.</summary>
    public int Reversals { get; private set; }

    /// <summary>The step size that iterations begin with; known after the first solve.</summary>
    public double StepSize => _stepSize ?? double.NaN;

    /// <inheritdoc/>
    public SolveResult Solve(Tensor vectors, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        _stepSize ??= options.StepSize ?? SafeStep(cancellation);
        var check = _schedule.Sample(4 * options.BatchRows);
        var count = (int)vectors.shape[0];
        var alpha = Enumerable.Repeat(_stepSize.Value, count).ToArray();
        var theta = preconditioner(vectors);
        var momentum = zeros_like(theta);
        var best = theta.clone();
        var tail = zeros_like(theta);
        var tailFrom = options.Iterations - Math.Max(1, options.Iterations / 4);
        var watch = new Watch(count);
        var scale = Energies(vectors, preconditioner(vectors));
        Reversals = 0;
        for (var k = 0; k < options.Iterations; k++)
        {
            using var step = NewDisposeScope();
            if (options.HalveEvery > 0 && k > 0 && k % options.HalveEvery == 0)
            {
                alpha = [.. alpha.Select(a => a / 2)];
            }

            var batch = _schedule.Step(k);
            var residual = _system.Multiply(theta, batch, cancellation).sub(vectors);
            var direction = preconditioner(residual);
            if (_schedule.IsFull || k % CheckEvery == 0)
            {
                var seen = _schedule.IsFull ? residual : _system.Multiply(theta, check, cancellation).sub(vectors);
                var energies = Energies(seen, _schedule.IsFull ? direction : preconditioner(seen));
                if (Guard([.. energies.Zip(scale, (e, s) => s > 0 ? e / s : e)], watch, ref theta, ref momentum, ref best, alpha))
                {
                    direction = preconditioner(_system.Multiply(theta, batch, cancellation).sub(vectors));
                }
            }
            momentum = momentum.mul(options.Momentum).add(direction).MoveToOuterDisposeScope();
            theta = theta.sub(momentum.mul(FlatVectors.Column(alpha, theta))).MoveToOuterDisposeScope();
            if (k >= tailFrom)
            {
                tail.add_(theta);
            }
        }
        return Best([theta, best, tail.div(options.Iterations - tailFrom)], vectors, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => owned?.Dispose();

    private double SafeStep(CancellationToken cancellation)
    {
        // Of one batch, not of a larger sample: a batch's largest eigenvalue is above the mean's, and it is batches that must not diverge.
        var sample = _schedule.Sample(options.BatchRows);
        var largest = Probes.LargestEigenvalue(
            x => preconditioner(_system.Multiply(x, sample, cancellation)), g.Dimension, options.PowerIterations, seed, g.Device);
        return largest > 0 && double.IsFinite(largest) ? (_schedule.IsFull ? 1 : MiniBatchStep) / largest : 1;
    }

    // Remembers better iterates; true when some query was sent back.
    private bool Guard(double[] norms, Watch watch, ref Tensor theta, ref Tensor momentum, ref Tensor best, double[] alpha)
    {
        var better = norms.Select((n, q) => n < watch.Best[q]).ToArray();
        if (better.Contains(true))
        {
            best = where(Mask(better, theta), theta, best).MoveToOuterDisposeScope();
        }

        for (var q = 0; q < norms.Length; q++)
        {
            watch.Best[q] = better[q] ? norms[q] : watch.Best[q];
            watch.Start[q] = double.IsPositiveInfinity(watch.Start[q]) ? norms[q] : watch.Start[q];
        }

        var worse = norms.Select((n, q) => !(n <= GrowthLimit * watch.Start[q])).ToArray();
        if (!worse.Contains(true))
        {
            return false;
        }

        theta = where(Mask(worse, theta), best, theta).MoveToOuterDisposeScope();
        momentum = momentum.masked_fill(Mask(worse, theta), 0).MoveToOuterDisposeScope();
        foreach (var q in Enumerable.Range(0, norms.Length).Where(q => worse[q]))
        {
            alpha[q] /= 2;
            watch.Start[q] = watch.Best[q];
            Reversals++;
        }
        return true;
    }

    private static double[] Energies(Tensor residual, Tensor preconditioned)
    {
        using var scope = NewDisposeScope();
        return [.. FlatVectors.Numbers(FlatVectors.RowDots(residual, preconditioned)).Select(Math.Sqrt)];
    }

    private SolveResult Best(Tensor[] candidates, Tensor vectors, CancellationToken cancellation)
    {
        var count = (int)vectors.shape[0];
        var residuals = _system.Residuals(cat(candidates, 0), cat([.. candidates.Select(_ => vectors)], 0), cancellation);
        var x = candidates[0];
        var chosen = residuals[..count];
        for (var c = 1; c < candidates.Length; c++)
        {
            var other = residuals[(c * count)..((c + 1) * count)];
            // An iterate that is not finite loses against any that is.
            var use = other.Select((r, q) => r < chosen[q] || double.IsNaN(chosen[q])).ToArray();
            x = where(Mask(use, x), candidates[c], x);
            chosen = [.. chosen.Select((r, q) => use[q] ? other[q] : r)];
        }
        return new(
            x.MoveToOuterDisposeScope(), chosen, [.. chosen.Select(_ => options.Iterations)],
            [.. chosen.Select(r => r <= options.Tolerance)]);
    }

    private static Tensor Mask(bool[] values, Tensor like) => tensor(values, [values.Length, 1], dtype: ScalarType.Bool, device: like.device);

    // Residuals by query: the best so far, and the one that the iteration started from, at first or after a reversal.
    private sealed class Watch(int count)
    {
        public double[] Best { get; } = [.. Enumerable.Repeat(double.PositiveInfinity, count)];

        public double[] Start { get; } = [.. Enumerable.Repeat(double.PositiveInfinity, count)];
    }
}

/// <summary>How ASTRA iterates.</summary>
public sealed record AstraOptions
{
    /// <summary>Iterations. 1 to 100,000; default 200.</summary>
    public int Iterations { get; init; } = 200;

    /// <summary>Sequences an iteration; 0, or as many as there are: all. Default 256.</summary>
    public int BatchRows { get; init; } = 256;

    /// <summary>
    /// Step size α; null (default): one over the largest eigenvalue of <c>(P + λ)⁻¹(G + λ)</c>, half of that with
    /// mini-batches. The paper's printed α is scaled otherwise.
    /// </summary>
    public double? StepSize { get; init; }

    /// <summary>Heavy-ball momentum, 0 to below 1; default 0.9.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Iterations after which α is halved, each time, 50 as published; 0 (default): never, the last iterates are averaged.</summary>
    public int HalveEvery { get; init; }

    /// <summary>Steps of the power iteration. 1 to 1,000; default 20.</summary>
    public int PowerIterations { get; init; } = 20;

    /// <summary>Relative residual above which a query is told as not converged. Above 0; default 0.1.</summary>
    public double Tolerance { get; init; } = 0.1;

    internal IEnumerable<string> Errors() => new OptionChecks()
        .Between("ASTRA iterations", Iterations, 1, 100_000)
        .AtLeast("ASTRA batch rows", BatchRows, 0)
        .Above("ASTRA step size", StepSize, 0)
        .Require(Momentum is >= 0 and < 1, "ASTRA momentum", Momentum, "at least 0 and below 1")
        .AtLeast("ASTRA halve-every", HalveEvery, 0)
        .Between("ASTRA power iterations", PowerIterations, 1, 1_000)
        .Above("ASTRA tolerance", Tolerance, 0).Errors;
}
