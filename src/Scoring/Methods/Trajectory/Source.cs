using Tda.Scoring.Methods.InfluenceFunctions;

namespace Tda.Scoring.Methods.Trajectory;

/// <summary>
/// Source (Bae et al. 2024, 2405.12186): training unrolled in L segments of constant curvature. A query's gradient v at the final weights
/// is walked back: for ℓ = L … 1
/// <list type="number">
/// <item><c>w = F_ℓ v</c>, what the steps of the segment add up to;</item>
/// <item>score += mean over the segment's checkpoints c of <c>w · ∇loss(m; θ_c)</c>;</item>
/// <item><c>v ← e^{−ηKσ} v</c>, the query as seen from the segment's beginning.</item>
/// </list>
/// Owns the segments' operators.
/// </summary>
/// <param name="name">Name in <see cref="AttributionMethods"/>.</param>
/// <param name="final">Gradients at the final weights.</param>
/// <param name="n">Training rows.</param>
/// <param name="segments">Oldest first, all fitted.</param>
/// <param name="options">How many query gradients are held at a time.</param>
public sealed class Source(string name, GradientCapture final, long n, IReadOnlyList<Segment> segments, MethodOptions options) : IInfluence
{
    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = Entry(
        "source", MethodNeeds.None, "unrolled training in segments of constant curvature",
        (setup, segment, factors) => new EkfacSegment(factors, segment.Rate, setup.Model.DType, setup.Model.Device));

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public long N => n;

    /// <summary>The damping of the last segment's inverse; empty for the exponential in the EK-FAC basis, which needs none.</summary>
    public IReadOnlyList<double> Damping => segments[^1].Operator!.Damping;

    /// <inheritdoc/>
    /// <exception cref="UsageException">
    /// Any normalisation but none: the unrolled operator isn't symmetric, so it has no self-influence.
    /// </exception>
    public ScoreMatrix Score(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        Normaliser.Refuse(name, normalisation);
        var scores = new ScoreMatrix(targets.Count, documents.DocumentCount);
        foreach (var (first, group) in QueryGradients.Groups(targets, options, final.Model.Modules, segments.Count + 1))
        {
            using var gradients = QueryGradients.Compute(final, queries, group, excluded, cancellation);
            WalkBack(gradients, documents, scores, first, progress, cancellation);
        }
        scores.NameExcluded(documents, excluded, ExcludedDocument.NotFinite + " at a checkpoint");
        return scores;
    }

    /// <inheritdoc/>
    public void Dispose() => segments.Select(s => s.Operator).DisposeAll();

    /// <summary>An entry of the registry: a segment's factors are fitted, turned into its operator, and let go of.</summary>
    internal static AttributionMethod Entry(
        string name, MethodNeeds needs, string summary, Func<MethodSetup, Segment, EkfacFactors, ISegmentOperator> build) => new()
        {
            Name = name,
            Family = MethodFamily.Trajectory,
            Summary = summary,
            Needs = MethodNeeds.Checkpoints | needs,
            Create = setup =>
            {
                var (context, options) = (setup.Context, setup.Options);
                var segments = Segment.Split(context.Trajectory, options.Source.Segments);
                if (segments.Count < options.Source.Segments)
                {
                    setup.Progress.Message(
                        $"{options.Source.Segments} segments were asked for, but there are {segments.Count} checkpoints: "
                        + "each is a segment.");
                }

                var ekfac = new EkfacOptions { Labels = options.Source.Labels, DType = setup.Model.DType };
                var fitter = new SegmentFitter(context.Documents, ekfac, setup.Progress, setup.Cancellation);
                using var operators = new Owned();
                var fitted = new List<Segment>();
                foreach (var segment in segments)
                {
                    using var factors = fitter.Fit(segment);
                    fitted.Add(segment with { Operator = operators.Add(build(setup, segment, factors)) });
                }

                operators.Release();
                return new Source(name, context.Capture, context.Documents.RowCount, fitted, options);
            },
        };

    private void WalkBack(
        ModuleGradients query, IRowSource documents, ScoreMatrix scores, int first, IProgressSink progress, CancellationToken cancellation)
    {
        using var task = progress.Start("Scores", (double)segments.Sum(s => s.Points.Count) * documents.RowCount, "rows");
        var v = query.Map((_, t) => t.clone());
        try
        {
            double before = 0;
            for (var l = segments.Count - 1; l >= 0; l--)
            {
                var (points, step) = (segments[l].Points, segments[l].Operator!);
                using var directions = new FullDirections(step.Integrate(v, cancellation));
                foreach (var point in points)
                {
                    using var opened = point.Open();
                    var part = new DocumentScorer(opened.Capture).Score(
                        documents, directions, null, rows => task.Report(before + rows), cancellation);
                    scores.Add(part, first, 1.0 / points.Count);
                    before += documents.RowCount;
                }
                if (l == 0)
                {
                    continue;
                }

                var back = step.StepBack(v);
                v.Dispose();
                v = back;
            }
        }
        finally
        {
            v.Dispose();
        }
    }
}

/// <summary>How Source unrolls a training run.</summary>
public sealed record SourceOptions
{
    /// <summary>
    /// L: stretches of the run, each with one curvature, at least 1; at most a checkpoint each is used. Default 3, the paper's.
    /// </summary>
    public int Segments { get; init; } = 3;

    /// <summary>Labels that the segments' curvature is fitted with: sampled (the Gauss-Newton matrix; default) or true.</summary>
    public LabelSource Labels { get; init; } = LabelSource.Sampled;

    /// <summary>Adam's ε beside the root of the second moments, above 0. Default 1e-8.</summary>
    public double AdamEpsilon { get; init; } = 1e-8;

    internal IEnumerable<string> Errors() => new OptionChecks()
        .AtLeast("Source's segments", Segments, 1)
        .Above("Adam's epsilon", AdamEpsilon, 0).Errors;
}

/// <summary>A stretch of the run that Source gives one curvature.</summary>
/// <param name="Points">Its checkpoints, oldest first.</param>
/// <param name="Operator">What it does to a query; null until fitted.</param>
public sealed record Segment(IReadOnlyList<TrajectoryPoint> Points, ISegmentOperator? Operator = null)
{
    /// <summary>ηK: the sum over its steps of the effective learning rate.</summary>
    public double Rate => Points.Sum(p => p.EffectiveRate * p.Steps);

    /// <summary>Checkpoints in at most <paramref name="segments"/> consecutive stretches of like length.</summary>
    public static IReadOnlyList<Segment> Split(IReadOnlyList<TrajectoryPoint> points, int segments)
    {
        var count = Math.Min(segments, points.Count);
        return [.. Enumerable.Range(0, count).Select(l =>
        {
            var (from, to) = (l * points.Count / count, (l + 1) * points.Count / count);
            return new Segment([.. points.Skip(from).Take(to - from)]);
        })];
    }
}

/// <summary>What a stretch of training under one curvature does to a query that is walked back through it.</summary>
public interface ISegmentOperator : IDisposable
{
    /// <summary>The damping λ of each module; empty without.</summary>
    IReadOnlyList<double> Damping { get; }

    /// <summary>What the steps of the stretch add up to, e.g. <c>(1 − e^{−ηKσ})/σ</c> on the eigenvectors of the curvature.</summary>
    ModuleGradients Integrate(ModuleGradients query, CancellationToken cancellation = default);

    /// <summary>The query as seen from the stretch's beginning, e.g. <c>e^{−ηKσ}</c>.</summary>
    ModuleGradients StepBack(ModuleGradients query);
}

/// <summary>
/// A stretch of gradient descent in the EK-FAC basis (Bae et al. 2024, 2405.12186): <c>F(σ) = (1 − e^{−ηKσ})/σ</c>, which
/// tends to ηK where the curvature vanishes, and the step back <c>e^{−ηKσ}</c>. No damping is added: ηK bounds F.
/// </summary>
/// <param name="factors">Of the segment; they are copied.</param>
/// <param name="rate">ηK: the sum of the segment's effective learning rates.</param>
/// <param name="dtype">The model's type.</param>
/// <param name="device">The model's device.</param>
internal sealed class EkfacSegment(EkfacFactors factors, double rate, ScalarType dtype, Device device) : ISegmentOperator
{
    private const int F = 0;
    private const int Decay = 1;

    private readonly EkfacSpectrum _spectrum =
        new(factors, dtype, device, (_, sigma) => Integral(sigma, rate), (_, sigma) => sigma.mul(-rate).exp());

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => [];

    /// <inheritdoc/>
    public ModuleGradients Integrate(ModuleGradients query, CancellationToken cancellation = default) => _spectrum.Apply(query, F);

    /// <inheritdoc/>
    public ModuleGradients StepBack(ModuleGradients query) => _spectrum.Apply(query, Decay);

    /// <inheritdoc/>
    public void Dispose() => _spectrum.Dispose();

    // (1 − e^{−xσ})/σ by expm1; below xσ = 1e-12 its limit x, where the quotient would be 0/0.
    private static Tensor Integral(Tensor sigma, double rate)
    {
        var flat = sigma.mul(rate).lt(1e-12);
        var safe = sigma.masked_fill(flat, 1);
        return safe.mul(-rate).expm1().neg().div(safe).masked_fill(flat, rate);
    }
}
