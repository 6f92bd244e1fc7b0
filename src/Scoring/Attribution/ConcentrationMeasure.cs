namespace Tda.Scoring.Attribution;

/// <summary>Measures how concentrated positive influence is.</summary>
public static class ConcentrationMeasure
{
    /// <summary>Proponents below which no slope is fitted: Hill's estimator of k scores has a relative error of 1/√k.</summary>
    public const int FewestInTail = 10;

    /// <summary>Of one target's scores; NaN (set apart) is left out.</summary>
    public static Concentration Of(ReadOnlySpan<float> scores)
    {
        double[] positive = [.. scores.ToArray().Where(s => s > 0).Select(s => (double)s).OrderDescending()];
        var sum = positive.Sum();
        return new Concentration(sum, positive.Length, Share(1), Share(10), Share(100), TailSlope(positive));

        double Share(int k) => sum > 0 ? positive.Take(k).Sum() / sum : 0;
    }

    /// <summary>
    /// α of the strongest tenth (at least ten) of the positive scores, descending, by Hill's estimator (1975):
    /// <c>α = k / Σ_{i≤k} ln(x_i / x_{k+1})</c>.
    /// </summary>
    public static double? TailSlope(IReadOnlyList<double> descending)
    {
        var k = Math.Max(FewestInTail, descending.Count / 10);
        if (descending.Count <= k)
        {
            return null;
        }

        var sum = descending.Take(k).Sum(x => Math.Log(x / descending[k]));
        return sum > 0 ? k / sum : null;
    }
}
