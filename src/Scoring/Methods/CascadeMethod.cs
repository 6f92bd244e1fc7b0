using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.Scoring.Index.Shards;
using Tda.Scoring.Methods.Lexical;
using Tda.Scoring.Methods.Projected;

namespace Tda.Scoring.Methods;

/// <summary>
/// BM25 over all documents, then the index's scores of those it keeps, then gradients (EK-FAC, ASTRA …) of the survivors:
/// <list type="number">
/// <item>Words: each target keeps its best <see cref="CascadeOptions.LexicalKeep"/>.</item>
/// <item>Index: of these each keeps its best <see cref="CascadeOptions.IndexKeep"/>. The pass scores all documents anyway, so the recall of
/// the words is exact.</item>
/// <item>Gradients: of these, and of a random sample of the others, which tells the index's recall.</item>
/// </list>
/// A document that did not reach the last stage has no score and is named with the stage that dropped it.
/// </summary>
public sealed class CascadeMethod : IAttributionMethod
{
    /// <summary>Its name.</summary>
    public const string MethodName = "cascade";

    private readonly ScoringSession _session;
    private readonly MethodOptions _options;
    private readonly CascadeOptions _cascade;
    private readonly LograMethod _index;
    private IInfluence? _final;

    /// <summary>Over a session's LoGra index.</summary>
    /// <exception cref="UsageException">The index is no LoGra index, options are out of range, or the last stage's method doesn't exist.</exception>
    public CascadeMethod(ScoringSession session, MethodOptions options)
    {
        (_session, _options, _cascade) = (session, options, options.Cascade);
        _ = InfluenceMethods.Find(_cascade.Final);
        _index = LograMethod.Open(session, options);
    }

    /// <inheritdoc/>
    public string Name => MethodName;

    /// <inheritdoc/>
    public long N => _index.N;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => _final?.Damping ?? _index.Damping;

    /// <inheritdoc/>
    public Normalisation DefaultNormalisation => Normalisation.None;

    /// <summary>What the stages did in the last call of <see cref="Score"/>.</summary>
    public IReadOnlyList<CascadeStage> Stages { get; private set; } = [];

    /// <inheritdoc/>
    public ScoreMatrix Score(
        QuerySet queries, Normalisation normalisation, Action<ExcludedDocument> excluded, IProgressSink progress,
        CancellationToken cancellation)
    {
        var (targets, documents) = (queries.Targets.Count, _session.Rows.DocumentCount);

        // 1. Words.
        var words = Lexical(queries, cancellation);
        var first = Best(words, _cascade.LexicalKeep, null);

        // 2. The index, whose exclusions are everyone's.
        var apart = new HashSet<int>();
        var ordinals = Enumerable.Range(0, documents).ToDictionary(_session.Rows.IdOf);
        var indexed = _index.Score(queries, Normalisation.None, e =>
        {
            if (ordinals.TryGetValue(e.Id, out var d))
            {
                apart.Add(d);
            }

            excluded(e);
        }, progress, cancellation);
        var second = Best(indexed, _cascade.IndexKeep, first);
        var recallOfWords = Recall(indexed, first, documents, Enumerable.Range(0, documents).Where(d => !apart.Contains(d)).ToHashSet(), exact: true);

        // 3. Gradients of the survivors and of a sample of the others.
        var survivors = second.SelectMany(s => s).ToHashSet();
        var sample = Sample(documents, d => !survivors.Contains(d) && !apart.Contains(d));
        var scored = survivors.Union(sample).ToHashSet();
        _final ??= Final(progress, cancellation);
        var scores = Gradients(queries, scored, normalisation, excluded, apart, progress, cancellation);
        var left = documents - survivors.Count - apart.Count;
        var recallOfIndex = sample.Count == 0 && left > 0 ? null : Recall(scores, second, documents - apart.Count, sample, exact: sample.Count >= left);

        // 4. What each stage did; who is left.
        var reached = first.SelectMany(s => s).ToHashSet();
        Stages =
        [
            new("bm25", documents, reached.Count, recallOfWords),
            new(_index.Name, reached.Count, survivors.Count, recallOfIndex),
            new(_cascade.Final, survivors.Count, survivors.Count, null),
        ];
        for (var d = 0; d < documents; d++)
        {
            if (apart.Contains(d) || survivors.Contains(d))
            {
                continue;
            }

            scores.Exclude(d);
            excluded(new ExcludedDocument(_session.Rows.IdOf(d), "cascade", $"not among the documents that {(reached.Contains(d) ? _index.Name : "bm25")} passed on"));
        }
        return scores;
    }

    /// <inheritdoc/>
    public void ScoreTokens(
        QuerySet queries, IRowSource rows, TokenDefinition definition, Action<RowTokenScores> visit, Action<ExcludedDocument> excluded,
        IProgressSink progress, CancellationToken cancellation) =>
        _index.ScoreTokens(queries, rows, definition, visit, excluded, progress, cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        _final?.Dispose();
        _index.Dispose();
    }

    private ScoreMatrix Lexical(QuerySet queries, CancellationToken cancellation)
    {
        var words = new Bm25(_session.Corpus.Documents().Select(d => d.Text));
        var scores = new ScoreMatrix(queries.Targets.Count, _session.Rows.DocumentCount);
        for (var t = 0; t < scores.Targets; t++)
        {
            foreach (var q in queries.Targets[t].Members)
            {
                cancellation.ThrowIfCancellationRequested();
                var own = words.Score(queries.Queries[q].Explained);
                for (var d = 0; d < scores.Documents; d++)
                {
                    scores[t, d] += own[d] / queries.Targets[t].Members.Count;
                }
            }
        }
        return scores;
    }

    private ScoreMatrix Gradients(
        QuerySet queries, HashSet<int> documents, Normalisation normalisation, Action<ExcludedDocument> excluded, HashSet<int> apart,
        IProgressSink progress, CancellationToken cancellation)
    {
        // The index has said what the context cut.
        var rows = new QueryEncoder(_session.Surrogate.Tokenizer, _session.Capture.Model.MaxPositions, _options.IncludeEnd).Rows(queries.Queries, NullProgress.Instance);
        var known = apart.Select(_session.Rows.IdOf).ToHashSet(StringComparer.Ordinal);
        var scores = _final!.Score(new RowFilter(_session.Rows, documents.Contains), rows, queries.Targets, normalisation, e =>
        {
            // Queries and documents that only this stage found wanting.
            if (e.Stage == "query" || !known.Contains(e.Id))
            {
                excluded(e);
            }
        }, progress, cancellation);
        for (var d = 0; d < scores.Documents; d++)
        {
            if (!documents.Contains(d))
            {
                scores.Exclude(d);
            }
            else if (float.IsNaN(scores[0, d]))
            {
                apart.Add(d);
            }
        }
        return scores;
    }

    private IInfluence Final(IProgressSink progress, CancellationToken cancellation)
    {
        using var factors = _cascade.Factors is null ? null : Factors();
        var context = new InfluenceContext { Capture = _session.Capture, Documents = _session.Rows, Factors = factors, Seed = _session.Index.Info.Seed };
        if (factors is null && InfluenceMethods.Find(_cascade.Final).Needs.HasFlag(MethodNeeds.Factors))
        {
            progress.Message($"Factors of {_cascade.Final} are fitted anew: an EK-FAC index of this surrogate has them (--factors).");
        }

        return InfluenceMethods.Create(_cascade.Final, context, _options, progress, cancellation);
    }

    private EkfacFactors Factors() => RequireFactors(_session, _cascade.Factors!, _session.Surrogate.Number).Factors();

    /// <summary>Opens the index that the last stage's factors come from: of an ensemble's member its own.</summary>
    /// <exception cref="UsageException">It is no EK-FAC index.</exception>
    /// <exception cref="BadInputException">It isn't there, is damaged, or is of other weights.</exception>
    internal static IndexDirectory RequireFactors(ScoringSession session, string factors, int member)
    {
        var directory = IndexDirectory.Open(MemberIndex.DirectoryOf(session.Home, factors, member));
        directory.Require(IndexMethod.Ekfac);
        ScoringSession.Same(directory.Info.SurrogateHash, session.Surrogate.WeightsHash, session.Surrogate.Directory, "weights", directory);
        return directory;
    }

    // Each target's best documents, of those that it still has.
    private static HashSet<int>[] Best(ScoreMatrix scores, int keep, HashSet<int>[]? of) => [.. Enumerable.Range(0, scores.Targets).Select(t =>
    {
        var top = new TopK(keep);
        for (var d = 0; d < scores.Documents; d++)
        {
            if (of is null || of[t].Contains(d)) { top.Add(d, scores[t, d]); } }
        return top.Ranked().Select(r => r.Document).ToHashSet();
    })];

    private StageRecall? Recall(ScoreMatrix next, HashSet<int>[] kept, int documents, HashSet<int> scored, bool exact)
    {
        double[] own = [.. Enumerable.Range(0, next.Targets).Select(t =>
        {
            float[] others = [.. scored.Where(d => !kept[t].Contains(d)).Select(d => next[t, d])];
            return StageRecall.Estimate(kept[t].Select(d => next[t, d]), others, exact ? others.Length : documents - kept[t].Count, _cascade.RecallTop);
        }).Where(r => !double.IsNaN(r))];
        return own.Length == 0 ? null : new StageRecall(_cascade.RecallTop, own.Average(), scored.Count, exact);
    }

    private HashSet<int> Sample(int documents, Func<int, bool> among) =>
        [.. Enumerable.Range(0, documents).Where(among)
            .OrderBy(d => RowKey.Uniform(_session.Index.Info.Seed, RowKey.Of(_session.Rows.IdOf(d), 0), 1)).Take(_cascade.Sample)];
}
