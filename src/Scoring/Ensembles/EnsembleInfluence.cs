using Tda.Core.Errors;
using Tda.Core.Progress;
using Tda.Scoring.Capture;
using Tda.Scoring.Indexing;
using Tda.Scoring.Methods;
using Tda.Scoring.Queries;

namespace Tda.Scoring.Ensembles;

/// <summary>
/// One method over several models: each member scores by itself, the <em>scores</em> are averaged (weights never are: a mean of
/// networks is no network). The largest cheap gain there is. Owns the members.
/// </summary>
public sealed class EnsembleInfluence : IInfluence
{
    private readonly IReadOnlyList<IInfluence> members;
    private readonly IReadOnlyList<(IRowSource Documents, IRowSource Queries)>? rows;

    /// <summary>Takes the members' influences.</summary>
    /// <param name="members">At least one, all of one method.</param>
    /// <param name="rows">
    /// Each member's own rows where their tokenizers differ: the same documents and queries by id. Null: all read those given to
    /// <see cref="Score"/>.
    /// </param>
    /// <exception cref="ArgumentException">No member, members of different methods, or as many rows as there aren't members.</exception>
    public EnsembleInfluence(IReadOnlyList<IInfluence> members, IReadOnlyList<(IRowSource Documents, IRowSource Queries)>? rows = null)
    {
        if (members.Count == 0) throw new ArgumentException("an ensemble needs a member", nameof(members));
        if (members.Any(m => m.Name != members[0].Name))
            throw new ArgumentException("the members are of different methods", nameof(members));
        if (rows is not null && rows.Count != members.Count)
            throw new ArgumentException($"{rows.Count} rows for {members.Count} members", nameof(rows));
        (this.members, this.rows) = (members, rows);
    }

    /// <inheritdoc/>
    public string Name => members[0].Name;

    /// <inheritdoc/>
    public long N => members[0].N;

    /// <summary>The members' one after the other.</summary>
    public IReadOnlyList<double> Damping => [.. members.SelectMany(m => m.Damping)];

    /// <inheritdoc/>
    public Normalisation DefaultNormalisation => members[0].DefaultNormalisation;

    /// <summary>Builds a method once a context. What was built is disposed of when a later one can't be.</summary>
    /// <exception cref="UsageException">A context lacks what the method needs, or the contexts' documents differ.</exception>
    public static EnsembleInfluence Create(
        string name, IReadOnlyList<InfluenceContext> contexts, MethodOptions options, IProgressSink progress, CancellationToken cancellation)
    {
        for (var i = 1; i < contexts.Count; i++) Same(contexts[0].Documents, contexts[i].Documents, "documents", i);
        var members = new List<IInfluence>();
        try
        {
            foreach (var context in contexts) members.Add(InfluenceMethods.Create(name, context, options, progress, cancellation));
            return new EnsembleInfluence(members);
        }
        catch
        {
            foreach (var m in members) m.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ScoreMatrix Score(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation) =>
        ScoreWithSpread(documents, queries, targets, normalisation, excluded, progress, cancellation).Mean;

    /// <summary>As <see cref="Score"/>, with standard deviation and 95 % interval of every score.</summary>
    /// <exception cref="UsageException">A member's documents or queries aren't those given.</exception>
    public EnsembleScores ScoreWithSpread(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        // A query that one member can't differentiate is left out by all: else a target would mean something else to each.
        var named = new HashSet<(string, string)>();
        var apart = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            var before = apart.Count;
            Target[] kept = [.. targets.Select(t => t with { Members = [.. t.Members.Where(q => !apart.Contains(queries.IdOf(q)))] })];
            var scores = Enumerable.Range(0, members.Count).Select(i =>
            {
                var (own, asked) = rows?[i] ?? (documents, queries);
                Same(documents, own, "documents", i);
                Same(queries, asked, "queries", i);
                return members[i].Score(own, asked, kept, normalisation, Once, progress, cancellation);
            }).ToArray();
            if (apart.Count == before) return EnsembleSpread.Of(scores);
        }

        void Once(ExcludedDocument e)
        {
            if (e.Stage == "query") apart.Add(e.Id);
            if (named.Add((e.Stage, e.Id))) excluded(e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var m in members) m.Dispose();
    }

    private static void Same(IRowSource first, IRowSource other, string what, int member)
    {
        if (ReferenceEquals(first, other)) return;
        if (first.DocumentCount != other.DocumentCount)
            throw new UsageException(
                $"Member {member} of the ensemble has {other.DocumentCount} {what}, the first has {first.DocumentCount}.");
        for (var d = 0; d < first.DocumentCount; d++)
        {
            if (first.IdOf(d) != other.IdOf(d))
                throw new UsageException(
                    $"Member {member} of the ensemble has other {what}: number {d} is {other.IdOf(d)}, not {first.IdOf(d)}.");
        }
    }
}
