using Tda.Scoring.Curvature.Products;
using Tda.Scoring.Methods.InfluenceFunctions;

namespace Tda.Scoring.Curvature.Solvers;

/// <summary>
/// LiSSA (Agarwal et al. 2017; Koh and Liang 2017): the Neumann series of the scaled system,
/// <c>x ← x + (v − (G_k + λI) x)/c</c>, with G_k of a mini-batch. It converges for c above half the largest eigenvalue; c comes from
/// power iteration, and is doubled with a fresh start when the iterates grow nevertheless.
/// </summary>
/// <param name="g">The curvature.</param>
/// <param name="damping">λ, above 0.</param>
/// <param name="options">How to iterate.</param>
/// <param name="seed">Seed of the mini-batches.</param>
public sealed class LissaSolver(ICurvatureOperator g, double damping, LissaOptions options, long seed = 0) : ICurvatureSolver
{
    private const int Restarts = 20;
    private readonly DampedSystem _system = new(g, damping);
    private double? _scale;

    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = SolvedInfluence.Entry(
        "lissa", MethodNeeds.None, "Gauss-Newton inverse by a Neumann series over mini-batches", setup =>
        {
            var g = setup.Products();
            return new LissaSolver(g, setup.Damping(g), setup.Options.Curvature.Lissa, setup.Context.Seed);
        });

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping { get; } = [damping];

    /// <inheritdoc/>
    public int Sequences => g.Sequences;

    /// <summary>c of the last solve.</summary>
    public double Scale => _scale ?? 0;

    /// <inheritdoc/>
    public SolveResult Solve(Tensor vectors, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var schedule = new MiniBatchSchedule(g.Sequences, options.BatchRows, seed);
        _scale ??= options.ScaleMargin * Probes.LargestEigenvalue(
            x => _system.Multiply(x, schedule.Sample(4 * options.BatchRows), cancellation), g.Dimension, options.PowerIterations, seed,
            g.Device);
        for (var attempt = 0; attempt <= Restarts; attempt++, _scale *= 2)
        {
            if (Iterate(vectors, schedule, _scale.Value, cancellation) is not { } x)
            {
                continue;
            }

            var residuals = _system.Residuals(x, vectors, cancellation);
            return new(
                x.MoveToOuterDisposeScope(), residuals, [.. residuals.Select(_ => options.Steps)],
                [.. residuals.Select(r => r <= options.Tolerance)]);
        }
        throw new TdaException($"LiSSA diverges even at a scale of {_scale:g3}: the curvature is not finite; use cg or astra");
    }

    // Null when it diverges: with every eigenvalue of (G_k + λ)/c in (0, 2), ‖x‖ never exceeds ‖v‖/λ.
    private Tensor? Iterate(Tensor v, MiniBatchSchedule schedule, double c, CancellationToken cancellation)
    {
        var x = v.div(c);
        var limits = FlatVectors.Norms(v).Select(n => 1.01 * n / damping).ToArray();
        for (var k = 0; k < options.Steps; k++)
        {
            using var step = NewDisposeScope();
            x = x.add(v.sub(_system.Multiply(x, schedule.Step(k), cancellation)).div(c)).MoveToOuterDisposeScope();
            if (FlatVectors.Norms(x).Zip(limits, (n, limit) => n <= limit).Contains(false))
            {
                return null;
            }
        }
        return x;
    }
}

/// <summary>How LiSSA iterates.</summary>
public sealed record LissaOptions
{
    /// <summary>Steps. 1 to 1,000,000; default 1,000.</summary>
    public int Steps { get; init; } = 1_000;

    /// <summary>Sequences a step; 0: all. Default 256.</summary>
    public int BatchRows { get; init; } = 256;

    /// <summary>Scale as a multiple of the largest eigenvalue found by power iteration. 1 to 1,000; default 1.5.</summary>
    public double ScaleMargin { get; init; } = 1.5;

    /// <summary>Steps of the power iteration. 1 to 1,000; default 20.</summary>
    public int PowerIterations { get; init; } = 20;

    /// <summary>Relative residual above which a query is told as not converged. Above 0; default 0.1.</summary>
    public double Tolerance { get; init; } = 0.1;

    internal IEnumerable<string> Errors() => new OptionChecks()
        .Between("LiSSA steps", Steps, 1, 1_000_000)
        .AtLeast("LiSSA batch rows", BatchRows, 0)
        .Between("LiSSA scale margin", ScaleMargin, 1, 1_000)
        .Between("LiSSA power iterations", PowerIterations, 1, 1_000)
        .Above("LiSSA tolerance", Tolerance, 0).Errors;
}
