namespace Tda.Curation.Rendering.Charts;

/// <summary>Puts a short label beside each point where it covers neither another point nor another label.</summary>
internal sealed class LabelPlacer(IEnumerable<(double X, double Y)> points, double left, double top, double right, double bottom)
{
    private const double Baseline = 4;

    private readonly List<(double X, double Y)> _taken = [.. points];

    /// <summary>Baseline and middle of the label of the point at (<paramref name="x"/>, <paramref name="y"/>).</summary>
    public (double X, double Y) Place(double x, double y, double distance)
    {
        var best = Enumerable.Range(0, 8)
            .Select(eighth => (Order: eighth, X: x + distance * Math.Cos(eighth * Math.PI / 4 - Math.PI / 4), Y: y + distance * Math.Sin(eighth * Math.PI / 4 - Math.PI / 4)))
            .OrderByDescending(c => c.X > left && c.X < right && c.Y > top && c.Y < bottom - 4)
            .ThenByDescending(c => Math.Min(distance, Room(c.X, c.Y, x, y)))
            .ThenBy(c => c.Order)
            .First();
        _taken.Add((best.X, best.Y));
        return (best.X, best.Y + Baseline);
    }

    private double Room(double x, double y, double ownX, double ownY) => _taken
        .Where(t => t != (ownX, ownY))
        .Select(t => Math.Sqrt((t.X - x) * (t.X - x) + (t.Y - y) * (t.Y - y)))
        .DefaultIfEmpty(double.MaxValue)
        .Min();
}
