using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Index;

namespace Tda.Scoring.Attribution;

/// <summary>
/// One method over several models: each member scores by itself, the <em>scores</em> are averaged (<see cref="EnsembleSpread"/>; weights
/// never are: a mean of networks is no network). The largest cheap gain there is. A query that one member can't differentiate is left out by
/// all: else a target would mean something else to each.
/// </summary>
public static class EnsembleScoring
{
    /// <summary>Scores with every member.</summary>
    /// <param name="leftOut">Ids of queries to leave out.</param>
    /// <param name="excluded">To be told of what is set apart.</param>
    /// <returns>One a member, in order.</returns>
    /// <typeparam name="TScores">A member's scores.</typeparam>
    public delegate IReadOnlyList<TScores> Pass<TScores>(IReadOnlySet<string> leftOut, Action<ExcludedDocument> excluded);

    /// <summary>Runs passes over the members until none leaves out a query that another has used: two at the most usually, mostly one.</summary>
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
