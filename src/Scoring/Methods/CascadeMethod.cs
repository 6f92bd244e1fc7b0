using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Sessions;
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
public sealed class CascadeMethod(ScoringSession session, MethodOptions options) : IOpenedMethod
{
    /// <summary>Its name.</summary>
    public const string MethodName = "cascade";

    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = new()
    {
        Name = MethodName,
        Family = MethodFamily.Cascade,
        Summary = "BM25, then a LoGra index, then gradients of the survivors",
        Index = IndexMethod.Logra,
        Tokens = true,
        Inner = options => [options.Cascade.Final],
        Check = (session, options) =>
        {
            if (options.Cascade.Factors is { } factors)
            {
                RequireFactors(session, factors, 0);
            }
        },
        Open = (session, options) => new CascadeMethod(session, options),
    };

    private readonly CascadeOptions _cascade = options.Cascade;
    private readonly AttributionMethod _last = AttributionMethods.FindOnRows(options.Cascade.Final);
    private readonly LograMethod _index = new(session, options);
    private IInfluence? _final;

    /// <inheritdoc/>
    public string Name => MethodName;

    /// <inheritdoc/>
    public long N => _index.N;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => _final?.Damping ?? _index.Damping;

    /// <summary>What the stages did in the last call of <see cref="Score"/>.</summary>
    public IReadOnlyList<CascadeStage> Stages { get; private set; } = [];

    /// <inheritdoc/>
    public ScoreMatrix Score(
        QuerySet queries, Normalisation normalisation, Action<ExcludedDocument> excluded, IProgressSink progress,
        CancellationToken cancellation)
    {
        var documents = session.Rows.DocumentCount;

        // 1. Words.
        var words = Lexical(queries, cancellation);
        var first = Best(words, _cascade.LexicalKeep, null);

        // 2. The index, whose exclusions are everyone's.
        var apart = new HashSet<int>();
        var ordinals = Enumerable.Range(0, documents).ToDictionary(session.Rows.IdOf);
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
        foreach (var d in Enumerable.Range(0, documents).Where(d => !apart.Contains(d) && !survivors.Contains(d)))
        {
            scores.Exclude(d);
            excluded(new ExcludedDocument(
                session.Rows.IdOf(d), "cascade", $"not among the documents that {(reached.Contains(d) ? _index.Name : "bm25")} passed on"));
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
        var words = new Bm25(session.Corpus.Documents().Select(d => d.Text), options.Bm25);
        var scores = new ScoreMatrix(queries.Targets.Count, session.Rows.DocumentCount);
        foreach (var (t, target) in queries.Targets.Index())
        {
            foreach (var q in target.Members)
            {
                cancellation.ThrowIfCancellationRequested();
                var own = words.Score(queries.Queries[q].Explained);
                for (var d = 0; d < scores.Documents; d++)
                {
                    scores[t, d] += own[d] / target.Members.Count;
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
        var rows = session.Encoder(options.IncludeEnd).Rows(queries.Queries, NullProgress.Instance);
        var known = apart.Select(session.Rows.IdOf).ToHashSet(StringComparer.Ordinal);
        var scores = _final!.Score(new RowFilter(session.Rows, documents.Contains), rows, queries.Targets, normalisation, e =>
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
        using var factors = _cascade.Factors is { } index ? RequireFactors(session, index, session.Surrogate.Number).Factors() : null;
        var seed = session.Index.Info.Seed;
        var context = new InfluenceContext { Capture = session.Capture, Documents = session.Rows, Factors = factors, Seed = seed };
        if (factors is null && _last.Needs.HasFlag(MethodNeeds.Factors))
        {
            progress.Message($"Factors of {_cascade.Final} are fitted anew: an EK-FAC index of this surrogate has them (--factors).");
        }

        return AttributionMethods.Create(_cascade.Final, context, options, progress, cancellation);
    }

    /// <summary>Opens the index that the last stage's factors come from: of an ensemble's member its own.</summary>
    /// <exception cref="UsageException">It is no EK-FAC index, or tracks other layers.</exception>
    /// <exception cref="BadInputException">It isn't there, is damaged, or is of other weights.</exception>
    internal static IndexDirectory RequireFactors(ScoringSession session, string factors, int member)
    {
        var directory = IndexDirectory.Open(MemberIndex.DirectoryOf(session.Home, factors, member));
        directory.Require(IndexMethod.Ekfac);
        ScoringSession.Same(directory.Info.SurrogateHash, session.Surrogate.WeightsHash, session.Surrogate.Directory, "weights", directory);
        return directory.Info.Modules.SequenceEqual(session.Capture.Model.Modules) ? directory : throw new UsageException(
            $"Index {factors} tracks other layers than index {Path.GetFileName(session.Index.Directory)}: make both with the same --track.");
    }

    // Each target's best documents, of those that it still has.
    private static HashSet<int>[] Best(ScoreMatrix scores, int keep, HashSet<int>[]? of) =>
        [.. Enumerable.Range(0, scores.Targets).Select(t => Enumerable.Range(0, scores.Documents)
            .Where(d => of is null || of[t].Contains(d)).Where(d => !float.IsNaN(scores[t, d]))
            .OrderByDescending(d => scores[t, d]).Take(keep).ToHashSet())];

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
            .OrderBy(d => RowKey.Uniform(session.Index.Info.Seed, RowKey.Of(session.Rows.IdOf(d), 0), 1)).Take(_cascade.Sample)];
}

/// <summary>A cascade: cheap scores of all documents, better ones of those that are left, the best of few.</summary>
public sealed record CascadeOptions
{
    /// <summary>Documents that the words' overlap (BM25) passes on, a target; at least 1. Default 5000.</summary>
    public int LexicalKeep { get; init; } = 5_000;

    /// <summary>Documents that the index passes on, a target; at least 1. Default 200.</summary>
    public int IndexKeep { get; init; } = 200;

    /// <summary>The last stage: a method that computes gradients anew, such as ekfac or astra. Default ekfac.</summary>
    public string Final { get; init; } = "ekfac";

    /// <summary>Name of an EK-FAC index of the same surrogate, whose factors the last stage uses; null (default): fitted anew.</summary>
    public string? Factors { get; init; }

    /// <summary>Documents of which the recall is asked: the next stage's best so many, at least 1. Default 20.</summary>
    public int RecallTop { get; init; } = 20;

    /// <summary>
    /// Documents that did not survive, drawn at random, that the next stage scores too for estimating the recall; at least 0. Default 200.
    /// </summary>
    public int Sample { get; init; } = 200;

    internal IEnumerable<string> Errors() => new OptionChecks()
        .AtLeast("documents kept by words", LexicalKeep, 1)
        .AtLeast("documents kept by the index", IndexKeep, 1)
        .AtLeast("documents of the recall", RecallTop, 1)
        .AtLeast("the recall's sample", Sample, 0).Errors;
}

/// <summary>What a stage of a cascade did.</summary>
/// <param name="Name">Its method.</param>
/// <param name="Candidates">Documents it ranked, over all targets together.</param>
/// <param name="Kept">Documents it passed on, over all targets together.</param>
/// <param name="Recall">How much of the next stage's ranking it passed on; null for the last, and where no sample was asked for.</param>
public sealed record CascadeStage(string Name, int Candidates, int Kept, StageRecall? Recall)
{
    /// <summary>One line for people.</summary>
    /// <param name="next">The stage after it; null for the last.</param>
    public string Text(CascadeStage? next) => next is null
        ? string.Create(CultureInfo.InvariantCulture, $"{Name} scored {Candidates:N0} documents")
        : string.Create(CultureInfo.InvariantCulture, $"{Name} passed on {Kept:N0} of {Candidates:N0} documents; {Recalled(next)}");

    private string Recalled(CascadeStage next) => Recall is not { } r
        ? "its recall is not known: no sample was asked for"
        : string.Create(
            CultureInfo.InvariantCulture, $"of {next.Name}'s best {r.Top} these are {r.Value:P0} ({(r.Exact ? "exact" : $"estimated from {r.Sample} others")})");
}

/// <summary>
/// The share of the next stage's best k documents that a stage passed on. Where the next stage scored all documents it is exact; where it
/// scored the survivors and a random sample of n of the m others, each of the sample stands for m/n documents (Horvitz and Thompson
/// 1952): documents are taken from the top by weight until k are, and the recall is the survivors' share of them.
/// </summary>
/// <param name="Top">k.</param>
/// <param name="Value">Mean over targets, 0 to 1.</param>
/// <param name="Sample">n: documents that did not survive and were scored, at most, a target.</param>
/// <param name="Exact">Whether that were all of them.</param>
public sealed record StageRecall(int Top, double Value, int Sample, bool Exact)
{
    /// <summary>One target's recall; NaN with nothing to recall.</summary>
    /// <param name="survivors">The next stage's scores of survivors.</param>
    /// <param name="sampled">Its scores of sampled others.</param>
    /// <param name="others">m: how many did not survive.</param>
    /// <param name="top">k.</param>
    public static double Estimate(IEnumerable<float> survivors, IReadOnlyCollection<float> sampled, int others, int top)
    {
        var weight = sampled.Count == 0 ? 0 : (double)others / sampled.Count;
        double taken = 0, kept = 0;
        // Equal scores: the others first, so that the estimate errs to the low side.
        foreach (var (_, own, survived) in survivors.Select(s => (Score: s, Weight: 1.0, Survived: true))
                     .Concat(sampled.Select(s => (Score: s, Weight: weight, Survived: false)))
                     .Where(x => !float.IsNaN(x.Score)).OrderByDescending(x => x.Score).ThenBy(x => x.Survived))
        {
            var part = Math.Min(own, top - taken);
            taken += part;
            if (survived)
            {
                kept += part;
            }

            if (taken >= top)
            {
                break;
            }
        }
        return taken > 0 ? kept / taken : double.NaN;
    }
}
