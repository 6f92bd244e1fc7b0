namespace Tda.Scoring.Attribution;

/// <summary>
/// One method over several models: each member scores by itself, the <em>scores</em> are averaged (<see cref="EnsembleSpread"/>; weights
/// never are: a mean of networks is no network). The largest cheap gain there is. A query that one member can't differentiate is left out
/// by all: else a target would mean something else to each.
/// </summary>
public static class EnsembleScoring
{
    /// <summary>Scores with every member.</summary>
    /// <param name="leftOut">Ids of queries to leave out.</param>
    /// <param name="excluded">To be told of what is set apart.</param>
    /// <returns>One a member, in order.</returns>
    /// <typeparam name="TScores">A member's scores.</typeparam>
    public delegate IReadOnlyList<TScores> Pass<TScores>(IReadOnlySet<string> leftOut, Action<ExcludedDocument> excluded);

    /// <summary>
    /// Runs passes over the members until none leaves out a query that another has used: two at the most usually, mostly one.
    /// </summary>
    /// <param name="members">How many there are.</param>
    /// <param name="pass">Scores with every member; what an abandoned pass returned is disposed of.</param>
    /// <param name="excluded">Told of everything set apart, once.</param>
    /// <typeparam name="TScores">A member's scores.</typeparam>
    /// <exception cref="ArgumentOutOfRangeException">No member.</exception>
    public static IReadOnlyList<TScores> Run<TScores>(int members, Pass<TScores> pass, Action<ExcludedDocument> excluded)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(members, 1);
        var named = new HashSet<(string, string)>();
        var apart = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            var before = apart.Count;
            var scores = pass(apart.ToHashSet(StringComparer.Ordinal), Once);
            // A single member has left its own out of its own scores.
            if (members == 1 || apart.Count == before)
            {
                return scores;
            }

            foreach (var own in scores.OfType<IDisposable>())
            {
                own.Dispose();
            }
        }

        void Once(ExcludedDocument e)
        {
            if (e.Stage == "query")
            {
                apart.Add(e.Id);
            }

            if (named.Add((e.Stage, e.Id)))
            {
                excluded(e);
            }
        }
    }

    /// <summary>Targets without the queries that are left out.</summary>
    /// <param name="targets">The targets.</param>
    /// <param name="idOf">A query's id.</param>
    /// <param name="leftOut">Ids.</param>
    public static IReadOnlyList<Target> Without(IReadOnlyList<Target> targets, Func<int, string> idOf, IReadOnlySet<string> leftOut) =>
        leftOut.Count == 0 ? targets : [.. targets.Select(t => t with { Members = [.. t.Members.Where(q => !leftOut.Contains(idOf(q)))] })];
}

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

/// <summary>Scores of an ensemble with their spread, [targets, documents]. A document that a member set apart is NaN in all.</summary>
/// <param name="Mean">Mean over the members.</param>
/// <param name="Deviation">Standard deviation over the members (M − 1 in the denominator); NaN with one member.</param>
/// <param name="Lower">Lower end of the mean's 95 % interval, by Student's t with M − 1 degrees of freedom; NaN with one member.</param>
/// <param name="Upper">Upper end.</param>
public sealed record EnsembleScores(ScoreMatrix Mean, ScoreMatrix Deviation, ScoreMatrix Lower, ScoreMatrix Upper);
