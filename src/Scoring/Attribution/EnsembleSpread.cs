using Tda.Scoring.Methods;

namespace Tda.Scoring.Attribution;

/// <summary>Mean and spread of the members' scores.</summary>
public static class EnsembleSpread
{
    // t_.975 for 1 to 30 degrees of freedom.
    private static readonly double[] Quantiles =
    [
        12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281, 2.2010, 2.1788, 2.1604, 2.1448, 2.1314,
        2.1199, 2.1098, 2.1009, 2.0930, 2.0860, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
    ];

    /// <summary>Of at least one matrix, all of one shape.</summary>
    public static EnsembleScores Of(IReadOnlyList<ScoreMatrix> members)
    {
        var (targets, documents) = (members[0].Targets, members[0].Documents);
        if (members.Any(m => m.Targets != targets || m.Documents != documents))
        {
            throw new ArgumentException("the members' scores have different shapes", nameof(members));
        }

        ScoreMatrix[] parts = [new(targets, documents), new(targets, documents), new(targets, documents), new(targets, documents)];
        var count = members.Count;
        var half = count < 2 ? double.NaN : Quantile(count - 1) / Math.Sqrt(count);
        for (var t = 0; t < targets; t++)
        {
            for (var d = 0; d < documents; d++)
            {
                var mean = members.Average(m => (double)m[t, d]);
                var deviation = count < 2 ? double.NaN : Math.Sqrt(members.Sum(m => (m[t, d] - mean) * (m[t, d] - mean)) / (count - 1));
                (parts[0][t, d], parts[1][t, d]) = ((float)mean, (float)deviation);
                (parts[2][t, d], parts[3][t, d]) = ((float)(mean - half * deviation), (float)(mean + half * deviation));
            }
        }
        return new EnsembleScores(parts[0], parts[1], parts[2], parts[3]);
    }

    /// <summary>
    /// t_.975: tabulated to 30 degrees of freedom, then the first terms of its expansion about the normal quantile (within 1e-4).
    /// </summary>
    internal static double Quantile(int freedom)
    {
        if (freedom <= Quantiles.Length)
        {
            return Quantiles[freedom - 1];
        }

        const double z = 1.959964;
        return z + (Math.Pow(z, 3) + z) / (4 * freedom) + (5 * Math.Pow(z, 5) + 16 * Math.Pow(z, 3) + 3 * z) / (96.0 * freedom * freedom);
    }
}
