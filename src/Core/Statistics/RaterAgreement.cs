namespace Tda.Core.Statistics;

/// <summary>How far several who judge the same things agree, beyond what chance would bring: 0 as by chance, 1 fully.</summary>
public static class RaterAgreement
{
    /// <summary>Two raters' agreement (Cohen 1960): <c>κ = (p_o − p_e) / (1 − p_e)</c>, agreement seen and agreement that the two shares of each value would give by chance.</summary>
    /// <param name="one">The one's values.</param>
    /// <param name="other">The other's, of the same things.</param>
    /// <returns>Null where p_e is 1.</returns>
    public static double? CohensKappa<T>(IReadOnlyList<T> one, IReadOnlyList<T> other)
        where T : notnull
    {
        var seen = one.Zip(other).Count(pair => pair.First.Equals(pair.Second)) / (double)one.Count;
        var chance = one.Concat(other).Distinct().Sum(value =>
            one.Count(said => said.Equals(value)) / (double)one.Count * (other.Count(said => said.Equals(value)) / (double)other.Count));
        return chance >= 1 ? null : (seen - chance) / (1 - chance);
    }

    /// <summary>
    /// Any number of raters', of which not everyone judges everything: <c>α = 1 − D_o / D_e</c> for nominal values (Krippendorff, Content Analysis, 2004,
    /// chapter 11). Each pair of values on a thing counts 1 / (its values − 1); things with a single value count nothing.
    /// </summary>
    /// <param name="things">The values of each thing.</param>
    /// <returns>Null where no thing has two values, or all values are the same.</returns>
    public static double? KrippendorffsAlpha<T>(IEnumerable<IReadOnlyList<T>> things)
        where T : notnull
    {
        var totals = new Dictionary<T, double>();
        double observed = 0, all = 0;
        foreach (var values in things.Where(values => values.Count > 1))
        {
            foreach (var value in values)
            {
                totals[value] = totals.GetValueOrDefault(value) + 1;
            }

            var differing = values.Sum(one => values.Count(other => !other.Equals(one)));
            observed += (double)differing / (values.Count - 1);
            all += values.Count;
        }

        var expected = totals.Values.Sum(count => count * (all - count)) / (all - 1);
        return expected > 0 ? 1 - observed / expected : null;
    }
}
