using Tda.Scoring.Attribution.Runs;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Methods.Projected;

namespace Tda.Scoring.Attribution.Trust;

/// <summary>
/// Checks a finished run, over samples, so that they cost a fraction of it:
/// <list type="number">
/// <item>Agreement with itself: of an ensemble, that of two such ensembles, by split halves; of a projected method, that with another
/// projection's seed. Of a single surrogate whose method draws nothing, nothing is at hand.</item>
/// <item>Hub documents.</item>
/// <item>Self-retrieval, where the method needs no fit of its own for new queries.</item>
/// </list>
/// </summary>
internal static class TrustChecks
{
    private const int MostDocuments = 256;
    private const int MostTargets = 8;

    /// <summary>Checks; null, and a message, where a check fails: scores that took hours aren't lost for it.</summary>
    public static RunTrust? Of(
        AttributeOptions options, MemberSessions members, ExplainedTargets targets, AveragedScores scores, RunFacts facts, IProgressSink progress,
        CancellationToken cancellation)
    {
        try
        {
            return Check(options, members, targets, scores, facts, new Quiet(progress), cancellation);
        }
        catch (TdaException error)
        {
            progress.Message($"How far the order can be trusted wasn't checked: {error.Message}");
            return null;
        }
    }

    private static RunTrust Check(
        AttributeOptions options, MemberSessions members, ExplainedTargets targets, AveragedScores scores, RunFacts facts, IProgressSink progress,
        CancellationToken cancellation)
    {
        var session = members.First;
        session.StopKeeping();
        var own = scores.Row(0).ToArray();
        int[] scored = [.. Enumerable.Range(0, own.Length).Where(d => !float.IsNaN(own[d]))];
        SplitMix64.Of(session.Index.Info.Seed, "checks").Shuffle<int>(scored);
        var method = AttributionMethods.Find(members.Method);
        return new RunTrust
        {
            Agreement = scores.Count > 1 ? Halves(scores, targets.Ranked, scored)
                : IsDrawn(method, session, options.Options) ? OtherSeed(options, session, method, targets.Scored, facts, scored, progress, cancellation)
                : null,
            Hubs = HubDocuments.Of(scores, targets.Ranked, session.Rows.IdOf),
            Retrieval = NeedsNoFit(method, session, options.Options)
                ? SelfRetrieval.Of(session, scored, planted => members.WithFirst(
                    planted.Queries, opened => opened.Score(planted, facts.Normalisation, _ => { }, progress, cancellation)))
                : null,
        };
    }

    private static SelfAgreement? Halves(AveragedScores scores, int targets, int[] sample)
    {
        int[] documents = [.. sample.Take(MostDocuments).Order()];
        var count = Math.Min(targets, MostTargets);
        ScoreMatrix[] members = [.. scores.Members.Select(member =>
        {
            var part = new ScoreMatrix(count, documents.Length);
            for (var t = 0; t < count; t++)
            {
                var row = member.Row(t);
                for (var d = 0; d < documents.Length; d++)
                {
                    part[t, d] = row[documents[d]];
                }
            }
            return part;
        })];
        var value = SplitHalf.Of(members).Reliability;
        return double.IsNaN(value) ? null : new SelfAgreement(value, "under other surrogates' seeds", documents.Length);
    }

    private static SelfAgreement? OtherSeed(
        AttributeOptions options, ScoringSession session, AttributionMethod method, QuerySet queries, RunFacts facts, int[] sample,
        IProgressSink progress, CancellationToken cancellation)
    {
        var documents = sample.Take(MostDocuments).ToHashSet();
        var rows = new RowFilter(session.Rows, documents.Contains);
        var asked = session.Encoder(options.Options.IncludeEnd).Rows(queries.Queries, NullProgress.Instance);
        Target[] targets = [.. queries.Targets.Take(MostTargets)];
        var rank = session.Index.Info.Ranks is { Count: > 0 } ranks ? ranks.Max(r => Math.Max(r.Input, r.Output)) : options.Options.Projected.Rank;
        var projected = options.Options with { Projected = options.Options.Projected with { Rank = rank } };
        var name = session.Index.Info.Storage == Index.Shards.StorageType.Lorif && method.Index is not null ? Lorif.Method.Name : method.Name;
        using var context = new SessionContext(session, method.Needs, queries.Queries, factors: false);
        ScoreMatrix Scores(long seed)
        {
            var setup = new MethodSetup(context.Context with { Documents = rows, Seed = seed }, projected, NullProgress.Instance, cancellation);
            using var influence = AttributionMethods.Create(name, setup);
            return influence.Score(rows, asked, targets, facts.Normalisation, _ => { }, progress, cancellation);
        }

        var (first, second) = (Scores(session.Index.Info.Seed), Scores(session.Index.Info.Seed + 1));
        double[] agreements =
            [.. Enumerable.Range(0, targets.Length).Select(t => SplitHalf.Spearman(first, second, t, documents.Order())).Where(double.IsFinite)];
        return agreements.Length == 0 ? null : new SelfAgreement(agreements.Average(), "under another projection's seed", documents.Count);
    }

    // What is cut off the program's own queries is nobody's concern.
    private sealed class Quiet(IProgressSink shown) : IProgressSink
    {
        public IProgressTask Start(string name, double total, string unit) => shown.Start("Checks", total, unit);

        public void Message(string line)
        {
        }
    }

    // PCA's projections follow from the documents, and TRAK has an exact one.
    private static bool IsDrawn(AttributionMethod method, ScoringSession session, MethodOptions options) =>
        method.Family == MethodFamily.Projected && method.Name != LograMethod.PcaMethod.Name
        && (method.Name != Trak.Method.Name || options.Projected.TrakProjection == TrakProjection.Random)
        && (method.Index is null || session.Index.Info.Projection != ProjectionKind.Pca);

    // Methods that read the index, and those that fit nothing; of a cascade the last stage alone would be asked.
    private static bool NeedsNoFit(AttributionMethod method, ScoringSession session, MethodOptions options) =>
        (method.Index is not null && method.Family != MethodFamily.Cascade)
        || IsCheap(method.Name)
        || (method.Inner is { } inner && method.Create is not null && !method.Needs.HasFlag(MethodNeeds.Outcomes)
            && inner(options).All(part => AttributionMethods.Find(part).Index == session.Index.Info.Method || IsCheap(part)));

    private static bool IsCheap(string method) => MethodAdvice.Of(method).Cost is MethodCost.Words or MethodCost.Forward or MethodCost.Pass;
}
