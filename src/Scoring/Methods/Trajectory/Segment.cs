namespace Tda.Scoring.Methods.Trajectory;

/// <summary>A stretch of the run that Source gives one curvature.</summary>
/// <param name="Points">Its checkpoints, oldest first.</param>
/// <param name="Operator">What it does to a query; null until fitted.</param>
public sealed record Segment(IReadOnlyList<TrajectoryPoint> Points, ISegmentOperator? Operator = null)
{
    /// <summary>ηK: the sum over its steps of the effective learning rate.</summary>
    public double Rate => Points.Sum(p => p.EffectiveRate * p.Steps);

    /// <summary>K: its steps.</summary>
    public int Steps => Points.Sum(p => p.Steps);

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
