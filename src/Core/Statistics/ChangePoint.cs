namespace Tda.Core.Statistics;

/// <summary>
/// Pettitt's test for one change in a series (1979, Applied Statistics 28, 126–135): with ranks r_i it takes the place k that maximises
/// <c>|U_k|</c>, <c>U_k = 2 Σ_{i≤k} r_i − k(n + 1)</c>. The p-value is the share of shuffled series with as large a maximum, which is exact up to
/// the number of shuffles and makes no assumption on how values are distributed.
/// </summary>
public static class ChangePoint
{
    /// <summary>Finds the clearest change.</summary>
    /// <param name="values">In their order; at least 2.</param>
    /// <param name="shuffles">Shuffled series to compare with, at least 1.</param>
    /// <param name="seed">Of the shuffles.</param>
    public static ChangePointResult Pettitt(IReadOnlyList<double> values, int shuffles = 999, long seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(values.Count, 2, nameof(values));
        ArgumentOutOfRangeException.ThrowIfLessThan(shuffles, 1);
        var ranks = Correlation.Ranks(values);
        var (place, largest) = Largest(ranks);
        var random = SplitMix64.Of(seed, "change point");
        var asLarge = 0;
        for (var shuffle = 0; shuffle < shuffles; shuffle++)
        {
            random.Shuffle<double>(ranks);
            asLarge += Largest(ranks).Statistic >= largest ? 1 : 0;
        }

        // The series itself is one of those that could have come.
        return new ChangePointResult(
            place, (asLarge + 1.0) / (shuffles + 1), largest, values.Take(place).Average(), values.Skip(place).Average());
    }

    private static (int Place, double Statistic) Largest(double[] ranks)
    {
        var (place, largest, sum) = (1, -1.0, 0.0);
        for (var k = 1; k < ranks.Length; k++)
        {
            sum += ranks[k - 1];
            var statistic = Math.Abs((2 * sum) - (k * (ranks.Length + 1.0)));
            if (statistic > largest)
            {
                (place, largest) = (k, statistic);
            }
        }

        return (place, largest);
    }
}

/// <summary>The clearest change of a series.</summary>
/// <param name="Place">Values before it, from 1 to n − 1.</param>
/// <param name="P">The chance of as clear a change in a series without any, above 0.</param>
/// <param name="Statistic">|U|.</param>
/// <param name="Before">Mean of the values before.</param>
/// <param name="After">Mean of those from there on.</param>
public sealed record ChangePointResult(int Place, double P, double Statistic, double Before, double After);
