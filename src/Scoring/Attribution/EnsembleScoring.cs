namespace Tda.Scoring.Attribution;

/// <summary>
/// One method over several models: each member scores by itself, the <em>scores</em> are averaged (<see cref="EnsembleSpread"/>; weights
/// never are: a mean of networks is no network). The largest cheap gain there is. A query that one member can't differentiate is left out
/// by all: else a target would mean something else to each.
/// </summary>
public static class EnsembleScoring
{
    /// <summary>
    /// Runs passes over the members until none leaves out a query that another has used: two at the most usually, mostly one.
    /// </summary>
    /// <param name="members">How many there are.</param>
    /// <param name="pass">
    /// Scores with every member, without the queries of these ids, and tells of what it sets apart. Another pass makes its scores void.
    /// </param>
    /// <param name="excluded">Told of everything set apart, once.</param>
    public static void Run(int members, Action<IReadOnlySet<string>, Action<ExcludedDocument>> pass, Action<ExcludedDocument> excluded)
    {
        var named = new HashSet<(string, string)>();
        var apart = new HashSet<string>(StringComparer.Ordinal);
        int before;
        do
        {
            before = apart.Count;
            pass(apart.ToHashSet(StringComparer.Ordinal), Once);
        }
        while (members > 1 && apart.Count > before); // a single member has left its own out of its own scores

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
    /// <summary>The mean of at least one matrix, all of one shape. A document that a member set apart is NaN.</summary>
    public static ScoreMatrix Mean(IReadOnlyList<ScoreMatrix> members)
    {
        var mean = new ScoreMatrix(members[0].Targets, members[0].Documents);
        for (var t = 0; t < mean.Targets; t++)
        {
            for (var d = 0; d < mean.Documents; d++)
            {
                mean[t, d] = (float)members.Average(m => (double)m[t, d]);
            }
        }
        return mean;
    }

    /// <summary>
    /// Half widths of the intervals of members that were corrected by the same measurements: what those don't tell is the same for all, so that
    /// their mean is no surer than one. Null for no members.
    /// </summary>
    public static ScoreMatrix? RootMeanSquare(IReadOnlyList<ScoreMatrix> members)
    {
        if (members.Count < 2)
        {
            return members.Count == 0 ? null : members[0];
        }

        var mean = new ScoreMatrix(members[0].Targets, members[0].Documents);
        for (var t = 0; t < mean.Targets; t++)
        {
            for (var d = 0; d < mean.Documents; d++)
            {
                mean[t, d] = (float)Math.Sqrt(members.Average(m => (double)m[t, d] * m[t, d]));
            }
        }
        return mean;
    }

    /// <summary>How at least two members' scores of one document differ.</summary>
    public static MemberSpread Of(IReadOnlyList<float> scores)
    {
        var mean = scores.Average(s => (double)s);
        var deviation = Math.Sqrt(scores.Sum(s => (s - mean) * (s - mean)) / (scores.Count - 1));
        var half = Quantile(scores.Count - 1) / Math.Sqrt(scores.Count) * deviation;
        return new MemberSpread((float)deviation, new ValueInterval((float)(mean - half), (float)(mean + half)));
    }

    /// <summary>t_.975, for 95 % intervals.</summary>
    internal static double Quantile(int freedom) => StudentT.Quantile(.975, freedom);
}

/// <summary>How M members differ in a score.</summary>
/// <param name="Deviation">Standard deviation (M − 1 in the denominator).</param>
/// <param name="Interval">The mean's 95 % interval, by Student's t with M − 1 degrees of freedom.</param>
public sealed record MemberSpread(double Deviation, ValueInterval Interval);
