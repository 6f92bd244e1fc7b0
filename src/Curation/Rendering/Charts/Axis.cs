namespace Tda.Curation.Rendering.Charts;

/// <summary>A linear axis with round ticks that encloses its values.</summary>
internal sealed class Axis
{
    private const double TickCount = 5;

    private readonly double _from;
    private readonly double _to;

    /// <param name="values">Finite values.</param>
    /// <param name="from">Pixel of the low end.</param>
    /// <param name="to">Pixel of the high end.</param>
    public Axis(IReadOnlyCollection<double> values, double from, double to)
    {
        (_from, _to) = (from, to);
        var (low, high) = (values.Min(), values.Max());
        if (high - low < 1e-12)
        {
            (low, high) = (low - Math.Max(Math.Abs(low) * .1, 1e-3), high + Math.Max(Math.Abs(high) * .1, 1e-3));
        }
        // An axis that nearly reaches zero should reach it: distances then read as ratios.
        if (low > 0 && low < .35 * high)
        {
            low = 0;
        }

        var step = Step((high - low) / TickCount);
        Low = Math.Floor(low / step) * step;
        High = Math.Ceiling(high / step) * step;
        Ticks = [.. Enumerable.Range(0, (int)Math.Round((High - Low) / step) + 1).Select(i => Low + i * step)];
    }

    public double Low { get; }

    public double High { get; }

    public IReadOnlyList<double> Ticks { get; }

    /// <summary>A tick's number. Ticks are round: trailing zeros would only crowd the axis.</summary>
    public static string Label(double value, string unit) => unit == "share" ? $"{Round(value * 100)}\u00a0%" : Round(value);

    public double At(double value) => _from + (value - Low) / (High - Low) * (_to - _from);

    private static string Round(double value) => Math.Round(value, 6).ToString("0.######", CultureInfo.InvariantCulture);

    private static double Step(double rough)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var mantissa = rough / power;
        return power * (mantissa <= 1 ? 1 : mantissa <= 2 ? 2 : mantissa <= 5 ? 5 : 10);
    }
}
