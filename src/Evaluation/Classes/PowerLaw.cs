namespace Tda.Evaluation.Classes;

/// <summary>
/// How concentrated influence is. Influences have a tail like a power law (2308.03296): fitted on the largest positive scores
/// only, since the bulk follows no such law; the range fitted is said.
/// </summary>
/// <param name="HillExponent">
/// α of P(X &gt; x) ∝ x^−α by Hill's (1975) maximum likelihood on the k largest: <c>1/α = mean over i&lt;k of ln(x_i/x_k)</c>.
/// Below 1, a few documents carry nearly everything.
/// </param>
/// <param name="RankSlope">Slope of ln(score) over ln(rank), ranks 1 to k, by least squares; −1/α for a pure power law.</param>
/// <param name="Fit">R² of that line: far from 1, there is no power law here.</param>
/// <param name="Ranks">k: the fit's range is ranks 1 to k.</param>
/// <param name="Smallest">The k-th largest score, where the fit ends.</param>
/// <param name="Largest">The largest, where it starts.</param>
public sealed record PowerLaw(double HillExponent, double RankSlope, double Fit, int Ranks, double Smallest, double Largest)
{
    /// <summary>Fits the tail of a query's scores; null when fewer than 10 are positive.</summary>
    /// <param name="scores">All scores; only positive ones matter.</param>
    /// <param name="share">Share of the positive scores in the tail, above 0 to 1; at least 10 are taken.</param>
    public static PowerLaw? Of(IEnumerable<double> scores, double share = .1)
    {
        if (!(share is > 0 and <= 1))
        {
            throw new UsageException($"The share of scores in the tail is {share}; it must be above 0 and at most 1.");
        }

        double[] positive = [.. scores.Where(s => s > 0).OrderDescending()];
        if (positive.Length < 10)
        {
            return null;
        }

        var k = Math.Clamp((int)Math.Round(share * positive.Length), 10, positive.Length);
        var hill = (k - 1) / Enumerable.Range(0, k - 1).Sum(i => Math.Log(positive[i] / positive[k - 1]));
        var x = Enumerable.Range(1, k).Select(i => Math.Log(i)).ToArray();
        var y = positive.Take(k).Select(v => Math.Log(v)).ToArray();
        var (mx, my) = (x.Average(), y.Average());
        var slope = x.Zip(y).Sum(p => (p.First - mx) * (p.Second - my)) / x.Sum(v => (v - mx) * (v - mx));
        var r = Correlation.Pearson(x, y);
        return new PowerLaw(hill, slope, r * r, k, positive[k - 1], positive[0]);
    }

    /// <summary>Share of the positive scores' sum that the k largest carry; NaN when none is positive.</summary>
    public static double TopShare(IEnumerable<double> scores, int k)
    {
        double[] positive = [.. scores.Where(s => s > 0).OrderDescending()];
        return positive.Length == 0 ? double.NaN : positive.Take(k).Sum() / positive.Sum();
    }
}
