using Tda.Scoring.Curvature;

namespace Tda.Scoring.Methods.Trajectory;

/// <summary>Methods of a whole training run: gradients at its checkpoints.</summary>
internal static class TrajectoryMethods
{
    public static IReadOnlyList<InfluenceMethod> All { get; } =
    [
        new("tracin", MethodNeeds.Checkpoints, "gradient products over checkpoints, weighted by the learning rate",
            (context, options, _, _) => new TracIn(context.Trajectory, context.Documents.RowCount, options)),
        new("source", MethodNeeds.Checkpoints, "unrolled training in segments of constant curvature",
            (context, options, progress, cancellation) =>
            Source("source", context, options, progress, cancellation, (segment, factors) =>
                new EkfacSegment(factors, segment.Rate, context.Capture.Model.DType, context.Capture.Model.Device))),
        new("source-adam", MethodNeeds.Checkpoints | MethodNeeds.SecondMoments, "Source under Adam's preconditioner",
            (context, options, progress, cancellation) =>
            Source("source-adam", context, options, progress, cancellation, (segment, factors) =>
            {
                using var moments = SegmentFitter.SecondMoments(segment);
                return new AdamSegment(
                    factors, moments, segment.Rate, options.Source.AdamEpsilon, new Damping(options.DampingFactor, options.Curvature.AbsoluteDamping),
                    context.Capture.Model.DType, context.Capture.Model.Device);
            })),
        new("astra-source", MethodNeeds.Checkpoints, "Source with each segment's inverse iterated by ASTRA",
            (context, options, progress, cancellation) =>
                Source("astra-source", context, options, progress, cancellation, (segment, factors) =>
                    new AstraSegment(segment, factors, context.Documents, options.Curvature.Astra, context.Capture.Model, context.Seed, progress))),
    ];

    private static Source Source(
        string name, InfluenceContext context, MethodOptions options, IProgressSink progress, CancellationToken cancellation,
        Func<Segment, EkfacFactors, ISegmentOperator> build)
    {
        var segments = Segment.Split(context.Trajectory, options.Source.Segments);
        if (segments.Count < options.Source.Segments)
        {
            progress.Message(
                $"{options.Source.Segments} segments were asked for, but there are {segments.Count} checkpoints: each is a segment.");
        }

        var dtype = context.Capture.Model.DType;
        var fitter = new SegmentFitter(
            context.Documents, new EkfacOptions { Labels = options.Source.Labels, DType = dtype }, progress, cancellation);
        var fitted = new List<Segment>();
        try
        {
            foreach (var segment in segments)
            {
                using var factors = fitter.Fit(segment);
                fitted.Add(segment with { Operator = build(segment, factors) });
            }
            return new Source(name, context.Capture, context.Documents.RowCount, fitted, options);
        }
        catch
        {
            foreach (var s in fitted)
            {
                s.Operator?.Dispose();
            }

            throw;
        }
    }
}
