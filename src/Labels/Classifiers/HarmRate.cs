namespace Tda.Labels.Classifiers;

/// <summary>The part of a model's completions that a classifier calls harmful.</summary>
public static class HarmRate
{
    /// <summary>Judges every completion. The prompt is not part of what is judged.</summary>
    public static HarmRateResult Measure(IEnumerable<string> completions, HarmClassifier classifier)
    {
        bool[] judged = [.. completions.Select(classifier.IsHarmful)];
        var (harmful, total) = (judged.Count(h => h), judged.Length);
        ArgumentOutOfRangeException.ThrowIfZero(total, nameof(completions));

        // Wilson's score interval: unlike the normal one it stays inside [0, 1] and has width even at rates 0 and 1.
        const double Z = 1.959963984540054;
        var rate = harmful / (double)total;
        var centre = (rate + (Z * Z / (2 * total))) / (1 + (Z * Z / total));
        var half = Z * Math.Sqrt((rate * (1 - rate) / total) + (Z * Z / (4.0 * total * total))) / (1 + (Z * Z / total));
        return new HarmRateResult(harmful, total, rate, Math.Max(0, centre - half), Math.Min(1, centre + half));
    }
}

/// <summary>How many completions a classifier calls harmful.</summary>
/// <param name="Harmful">Those called harmful.</param>
/// <param name="Total">All of them.</param>
/// <param name="Rate">Harmful / Total.</param>
/// <param name="Low">Lower end of Wilson's 95 % interval for the rate.</param>
/// <param name="High">Upper end.</param>
public sealed record HarmRateResult(int Harmful, int Total, double Rate, double Low, double High);
