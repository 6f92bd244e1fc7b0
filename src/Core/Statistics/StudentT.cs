namespace Tda.Core.Statistics;

/// <summary>Student's t distribution with a whole number of degrees of freedom.</summary>
public static class StudentT
{
    /// <summary>The quantile of a probability, to 1e-12 relative.</summary>
    /// <param name="probability">At least ½ and below 1.</param>
    /// <param name="freedom">Degrees of freedom, at least 1.</param>
    public static double Quantile(double probability, int freedom)
    {
        if (probability is not (>= .5 and < 1) || freedom < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(probability), $"no quantile for probability {probability} and {freedom} degrees of freedom");
        }

        var within = 2 * probability - 1;
        var high = 1.0;
        while (Within(high, freedom) < within)
        {
            high *= 2;
        }

        var low = 0.0;
        while (high - low > 1e-13 * high)
        {
            var middle = (low + high) / 2;
            (low, high) = Within(middle, freedom) < within ? (middle, high) : (low, middle);
        }
        return (low + high) / 2;
    }

    /// <summary>P(|T| ≤ t), by the finite series of Abramowitz and Stegun, 26.7.3 (odd) and 26.7.4 (even).</summary>
    /// <param name="t">At least 0.</param>
    /// <param name="freedom">Degrees of freedom, at least 1.</param>
    public static double Within(double t, int freedom)
    {
        var angle = Math.Atan(t / Math.Sqrt(freedom));
        var (sin, cos) = Math.SinCos(angle);
        var odd = freedom % 2 == 1;
        var (term, sum) = odd ? (cos, 0.0) : (1.0, 0.0);
        for (var power = odd ? 1 : 0; power <= freedom - 2; power += 2)
        {
            sum += term;
            term *= cos * cos * (power + 1) / (power + 2);
        }
        return odd ? 2 / Math.PI * (angle + sin * sum) : sin * sum;
    }
}
