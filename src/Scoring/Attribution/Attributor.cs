using Tda.Scoring.Attribution.Runs;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Attribution.Trust;

namespace Tda.Scoring.Attribution;

/// <summary>
/// Explains queries by documents:
/// <list type="number">
/// <item>Open the index, its surrogate and its corpus; refuse what has changed since, and what the method lacks. Go on with unfinished
/// work on the same question.</item>
/// <item>Certify that the surrogate predicts the answers; abstain from those it doesn't.</item>
/// <item>Score every document (or those a prefilter leaves) for every query or set, with each member of the ensemble; average.</item>
/// <item>Rank, with the documents' names, z, the members' interval, and nats by the calibration.</item>
/// <item>With tokens: score the label tokens of the ranked documents, each query's of its own.</item>
/// <item>Check how far the order can be trusted, where asked to; write <c>runs/&lt;id&gt;/</c>, with what was set apart named.</item>
/// </list>
/// </summary>
public static class Attributor
{
    /// <exception cref="UsageException">Options out of range, an unknown method, something it needs is missing, or the run exists.</exception>
    /// <exception cref="BadInputException">Index, surrogate or corpus missing, damaged or changed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the same question goes on where it stopped (<see cref="BatchJournal"/>).</exception>
    public static AttributionResult Run(
        AttributeOptions options, IProgressSink progress, TimeProvider time, CancellationToken cancellation = default)
    {
        // 1. Inputs.
        options.Validate();
        ArtifactDirectory.RequireFree(options.Home.RunDirectory(options.Run), options.Replace);
        var asked = Asked(options, progress);
        using var members = new MemberSessions(options, progress, time, cancellation);
        Staleness.Check(members.First, options, progress);
        members.Require(asked.Queries);
        using var journal = SessionJournal.Open(options, members.First, progress, time);
        members.Keep(journal);

        // 2. Certificates.
        var certified = Certificates.Of(members.First, members.Method, asked, options, progress, cancellation);
        if (certified.Queries.Targets.Count == 0)
        {
            return Abstain(options, members, certified, time);
        }

        var targets = new ExplainedTargets(certified.Queries, options.Contrast is not null);

        // 3. Scores.
        var kept = options.Prefilter is { } filter ? Prefilter.Kept(members.First, targets.Scored, filter, options.Options, progress, cancellation) : null;
        if (kept is not null)
        {
            members.Rank(kept);
        }

        var apart = new ExcludedLedger();
        using var scores = new AveragedScores(options.Contrast is not null);
        var facts = Score(options, members, targets, kept, scores, apart, progress, cancellation) with
        {
            // Of a contrast the difference comes first, and has no certificate of its own.
            Fidelity = options.Contrast is null ? certified.Fidelity : [null, .. certified.Fidelity],
            MinFidelity = certified.Fidelity.Count == 0 ? null : options.MinFidelity,
            Abstained = certified.Abstained,
            Prefilter = options.Prefilter,
            LeftOut = kept is null ? 0 : members.First.Rows.DocumentCount - kept.Count,
            Calibration = options.Calibration,
        };

        // 4. Ranking.
        var names = Names(options, targets);
        var ranking = TopDocuments.Named(members.First.Corpus, Enumerable.Range(0, targets.Ranked).SelectMany(t => TopDocuments.Of(
            scores.Row(t), members.First.Rows, options.Top, names[t], (d, line) => WithUnits(line, facts, scores.Spread(t, d), facts.HalfWidths?[t, d]))));

        // 5. Tokens.
        var tokens = options.Tokens ? Tokens(options, members, targets, ranking, names, apart, progress, cancellation) : null;

        // 6. Checks of the order, then files.
        facts = options.Checks ? facts with { Trust = TrustChecks.Of(options, members, targets, scores, facts, progress, cancellation) } : facts;
        var directory = RunFiles.Write(options, facts, members.First, targets.Rows, scores, ranking, tokens, apart, time);
        journal.Finish();
        return Result(directory, facts, members.First.Rows.DocumentCount - apart.Documents - facts.LeftOut, apart.Entries.Count, ranking);
    }

    private static QuerySet Asked(AttributeOptions options, IProgressSink progress)
    {
        if (options.ByLabel)
        {
            return QuerySet.ByLabel(options.Queries);
        }

        if (options.Contrast is not var (first, second))
        {
            return options.Aggregate ? QuerySet.Aggregated(options.Queries) : QuerySet.Each(options.Queries);
        }

        var contrast = QuerySet.Contrast(options.Queries, first, second);
        if (contrast.Queries.Count < options.Queries.Count)
        {
            progress.Message($"{options.Queries.Count - contrast.Queries.Count} queries of other labels are left out of the contrast.");
        }

        return contrast;
    }

    private static RunFacts Score(
        AttributeOptions options, MemberSessions members, ExplainedTargets targets, IReadOnlySet<int>? kept, AveragedScores scores,
        ExcludedLedger apart, IProgressSink progress, CancellationToken cancellation)
    {
        RunFacts? facts = null;
        EnsembleScoring.Run(
            members.Count,
            (leftOut, excluded) =>
            {
                scores.Clear();
                var asked = targets.Scored with { Targets = EnsembleScoring.Without(targets.Scored.Targets, q => targets.Scored.Queries[q].Id, leftOut) };
                LayerScores? layers = null;
                var stages = new List<IReadOnlyList<CascadeStage>>();
                var widths = new List<ScoreMatrix>();
                members.ForEach(asked.Queries, (session, method) =>
                {
                    var normalisation = options.Normalisation ?? method.DefaultNormalisation;
                    Require(options, method, normalisation);
                    var documents = session.Rows.DocumentCount;
                    if (method.CanStream && options.Contrast is null)
                    {
                        // A store's scores go through a file, so that memory doesn't grow with targets × documents.
                        var path = Path.Combine(options.Home.RunsDirectory, $".{options.Run}.{scores.Count}.scores");
                        var spilled = new SpilledScores(path, asked.Targets.Count, documents);
                        scores.Add(spilled);
                        method.Stream(asked, normalisation, spilled.Add, excluded, progress, cancellation);
                        LeaveOut(session, spilled.Exclude, kept, excluded);
                    }
                    else
                    {
                        var matrix = targets.Compose(method.Score(asked, normalisation, excluded, progress, cancellation));
                        scores.Add(matrix);
                        LeaveOut(session, matrix.Exclude, kept, excluded);
                    }

                    if (options.Layers)
                    {
                        var own = targets.Compose(method.ScoreLayers(asked, excluded, progress, cancellation), documents);
                        layers ??= new LayerScores(targets.Rows.Targets.Count, own.Layers, documents);
                        layers.Add(own, 1f / members.Count);
                    }

                    // A difference of two targets has no interval: how their errors go together isn't known.
                    if (method.HalfWidths is { } half && options.Contrast is null)
                    {
                        widths.Add(half);
                    }

                    if (method.Stages.Count > 0)
                    {
                        stages.Add(method.Stages);
                    }
                    // Of the first member; after scoring, since some methods choose their damping then.
                    if (scores.Count == 1)
                    {
                        TokenDefinition? tokens = options.Tokens ? options.TokenDefinition : null;
                        facts = new RunFacts("tda attribute", method.Name, method.Damping, method.N, normalisation, tokens)
                        {
                            Own = method.Facts,
                            Coverage = RunFacts.CoverageOf(method.Name, session),
                        };
                    }
                });
                facts = facts! with { Members = members.Count, Layers = layers, Stages = stages, HalfWidths = EnsembleSpread.RootMeanSquare(widths) };
            },
            apart.Add);
        apart.RequireTargets(targets.Scored);
        return facts!;
    }

    private static void Require(AttributeOptions options, IOpenedMethod method, Normalisation normalisation)
    {
        if (options.Layers && (!method.HasLayers || normalisation != Normalisation.None))
        {
            throw new UsageException(
                $"Method {method.Name} with normalisation {normalisation} has no scores by layer. Methods with them are linear in the "
                + "document's gradient (ekfac, grad-dot and their kin), not normalised.");
        }

        options.Calibration?.RequireFor(method.Name, normalisation);
    }

    // A document without rows has no gradient, and its sum over none of them is a zero that would be read as a score.
    private static void LeaveOut(ScoringSession session, Action<int> exclude, IReadOnlySet<int>? kept, Action<ExcludedDocument> excluded)
    {
        var scored = new bool[session.Rows.DocumentCount];
        for (var r = 0; r < session.Ranked.RowCount; r++)
        {
            scored[session.Ranked.DocumentOf(r)] = true;
        }

        foreach (var d in Enumerable.Range(0, scored.Length).Where(d => !scored[d]))
        {
            exclude(d);
            if (kept?.Contains(d) != false)
            {
                excluded(new ExcludedDocument(session.Rows.IdOf(d), "scores", "it has no tokens"));
            }
        }
    }

    private static DocumentScore WithUnits(DocumentScore line, RunFacts facts, MemberSpread? spread, float? halfWidth) => line with
    {
        UncalibratedNats = facts.HasUnit && AttributionMethods.Find(facts.Method).Family != MethodFamily.Measured ? line.Score / facts.N : null,
        Spread = spread?.Deviation,
        Interval = spread?.Interval,
        Calibrated = halfWidth is { } half ? new CalibratedChange(line.Score, new ValueInterval(line.Score - half, line.Score + half)) : facts.Calibration?.Apply(line.Score / facts.N),
    };

    private static IEnumerable<TokenScore> Tokens(
        AttributeOptions options, MemberSessions members, ExplainedTargets targets, IReadOnlyList<DocumentScore> ranking, string?[] names,
        ExcludedLedger apart, IProgressSink progress, CancellationToken cancellation)
    {
        var ranked = ranking.Select(d => d.Id).ToHashSet(StringComparer.Ordinal);
        var own = ranking.Select(d => (d.Query, d.Id)).ToHashSet();
        // Of a contrast the difference alone is ranked, and made of both targets.
        var table = new TokenScoreTable(targets.Scored.Targets.Count, members.First.Rows,
            options.Contrast is not null ? null : (d, t) => own.Contains((names[t], members.First.Rows.IdOf(d))));
        members.ForEach(targets.Scored.Queries, (session, method) => method.ScoreTokens(
            targets.Scored, new RowFilter(session.Rows, d => ranked.Contains(session.Rows.IdOf(d))), options.TokenDefinition,
            row => table.Add(row, 1f / members.Count), apart.Add, progress, cancellation));
        table.Remove(apart);
        return targets.Compose(table).Lines(members.First, names, cancellation);
    }

    // One row alone explains "all"; it has no name to be told apart by.
    private static string?[] Names(AttributeOptions options, ExplainedTargets targets) =>
        [.. targets.Rows.Targets.Take(targets.Ranked).Select(t => options.Aggregate || options.Contrast is not null ? null : t.Id)];

    private static AttributionResult Abstain(AttributeOptions options, MemberSessions members, Certificates certified, TimeProvider time)
    {
        var facts = new RunFacts(
            "tda attribute", members.Method, [], members.First.Rows.RowCount, options.Normalisation ?? Normalisation.None, null)
        {
            MinFidelity = options.MinFidelity,
            Abstained = certified.Abstained,
        };
        var none = new ScoreMatrix(0, members.First.Rows.DocumentCount);
        var directory = RunFiles.Write(options, facts, members.First, certified.Queries, none, [], null, new ExcludedLedger(), time);
        return Result(directory, facts, 0, 0, []);
    }

    private static AttributionResult Result(string directory, RunFacts facts, int documents, int excluded, IReadOnlyList<DocumentScore> ranking)
    {
        using var run = ScoreRun.Open(directory, verify: false);
        return new AttributionResult(directory, facts.Method, facts.N, documents, excluded, ranking)
        {
            Queries = [.. run.Explained, .. run.Abstained],
            Members = facts.Members,
            LeftOut = facts.LeftOut,
            HasUnit = facts.HasUnit,
            Nats = facts.Nats,
            HasMeasuredIntervals = facts.HalfWidths is not null,
            Coverage = facts.Coverage,
            Stages = facts.Stages,
            Trust = facts.Trust,
        };
    }
}

/// <summary>What a scoring run found.</summary>
/// <param name="Directory">The run.</param>
/// <param name="Method">The method used.</param>
/// <param name="N">Rows of the corpus: the method predicts that removing a document changes the loss by its score / N nats.</param>
/// <param name="Documents">Documents scored.</param>
/// <param name="Excluded">Documents and queries set apart, named in <c>excluded.jsonl</c>.</param>
/// <param name="Top">The ranking, as in <c>top.jsonl</c>.</param>
public sealed record AttributionResult(
    string Directory, string Method, long N, int Documents, int Excluded, IReadOnlyList<DocumentScore> Top)
{
    /// <summary>The queries and sets, as in <c>queries.jsonl</c>: what was explained, then what was abstained from.</summary>
    public IReadOnlyList<ExplainedQuery> Queries { get; init; } = [];

    /// <summary>How many the program abstained from: the surrogate doesn't predict these answers.</summary>
    public int Abstained => Queries.Count(q => q.Abstained == true);

    /// <summary>Models whose scores were averaged.</summary>
    public int Members { get; init; } = 1;

    /// <summary>Documents that the prefilter left out.</summary>
    public int LeftOut { get; init; }

    /// <summary>Of a cascade what each stage did, and its recall: a list a member of the ensemble; else empty.</summary>
    public IReadOnlyList<IReadOnlyList<CascadeStage>> Stages { get; init; } = [];

    /// <summary>What checks of the order found; null: none were made.</summary>
    public RunTrust? Trust { get; init; }

    /// <summary>How much of the surrogate the method sees; null of a method that takes no gradient of its loss.</summary>
    public ParameterCoverage? Coverage { get; init; }

    /// <summary>Whether score / N is a change of loss in nats.</summary>
    public bool HasUnit { get; init; } = true;

    /// <summary>What a score itself is, in nats (<see cref="AttributionMethod.Nats"/>); null: only score / N may be.</summary>
    public string? Nats { get; init; }

    /// <summary>Whether the ranking's nats and their intervals are what retrainings measured, and no calibration's.</summary>
    public bool HasMeasuredIntervals { get; init; }
}
