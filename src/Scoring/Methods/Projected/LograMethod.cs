using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Index.Shards;
using Tda.Scoring.Methods.InfluenceFunctions;

namespace Tda.Scoring.Methods.Projected;

/// <summary>
/// LoGra (Choe et al. 2024, 2405.13954): randomly projected gradients through their own curvature. Over an index, queries are projected and
/// preconditioned once, documents are read from its store, and a score is one entry of a streamed matrix product; token scores recompute
/// gradients, with the solution lifted back to the full space. Without an index, the same is computed from rows.
/// </summary>
public sealed class LograMethod : IOpenedMethod
{
    private const int ReportEvery = 1024;

    private readonly ScoringSession _session;
    private readonly Projector _projector;
    private readonly LograIndex _index;
    private readonly QueryEncoder _encoder;
    private readonly ProjectedSolver _solver;
    private readonly LinearInfluence _tokens;

    /// <summary>Over the session's index.</summary>
    public LograMethod(ScoringSession session, MethodOptions options)
    {
        _session = session;
        _projector = session.Index.Projector(session.Capture.Model.DType, session.Capture.Model.Device);
        (_solver, N) = session.Index.Solver(_projector, options.DampingFactor);
        _index = session.Index.Gradients();
        _encoder = session.Encoder(options.IncludeEnd);
        _tokens = new LinearInfluence("logra", session.Capture, N, _solver, options);
    }

    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = new()
    {
        Name = "logra",
        Family = MethodFamily.Projected,
        Summary = "projected gradients of a LoGra index",
        Index = IndexMethod.Logra,
        Tokens = true,
        Streaming = true,
        Create = setup => OnRows("logra", setup, ProjectedFit.Random(setup)),
        Open = (session, options) => new LograMethod(session, options),
    };

    /// <summary>Entry of the same on the leading eigenvectors of the covariances, without an index.</summary>
    public static AttributionMethod PcaMethod { get; } = new()
    {
        Name = "logra-pca",
        Family = MethodFamily.Projected,
        Summary = "LoGra on the top eigenvectors of the covariances",
        Create = setup => OnRows("logra-pca", setup, ProjectedFit.Pca(setup)),
    };

    /// <inheritdoc/>
    public string Name => _index.Layout.Storage == StorageType.Lorif ? "lorif" : "logra";

    /// <inheritdoc/>
    public long N { get; }

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => _solver.Damping;

    /// <inheritdoc/>
    public bool CanStream => true;

    /// <inheritdoc/>
    public ScoreMatrix Score(
        QuerySet queries, Normalisation normalisation, Action<ExcludedDocument> excluded, IProgressSink progress,
        CancellationToken cancellation)
    {
        // What is not passed on must not look like a score.
        var scores = new ScoreMatrix(queries.Targets.Count, _session.Rows.DocumentCount);
        for (var t = 0; t < scores.Targets; t++)
        {
            scores.Row(t).Fill(float.NaN);
        }

        Stream(
            queries, normalisation,
            (document, own) =>
            {
                for (var t = 0; t < own.Length; t++)
                {
                    scores[t, document] = own[t];
                }
            },
            excluded, progress, cancellation);
        return scores;
    }

    /// <inheritdoc/>
    public void Stream(
        QuerySet queries, Normalisation normalisation, StoreScorer.Visitor visit, Action<ExcludedDocument> excluded, IProgressSink progress,
        CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();

        // 1. Projected mean gradients of the targets, and (C + λI)⁻¹ of them: float64 (targets, D).
        var projected = ProjectedQueries.Compute(
            _session.Capture, _projector, _encoder.Rows(queries.Queries, progress), queries.Targets, excluded, cancellation).cpu();
        var solved = _solver.Solve(projected);

        // 2. What a normalisation divides by, which is a pass of its own.
        var self = normalisation == Normalisation.None ? null : SelfInfluence(cancellation);
        var targets = normalisation == Normalisation.Cosine ? _solver.SelfInfluence(projected).data<double>().ToArray() : null;

        // 3. One pass over the store.
        var seen = new bool[_session.Rows.DocumentCount];
        var normalised = new float[queries.Targets.Count];
        using (var task = progress.Start("Scores", _session.Index.Info.Documents, "documents"))
        {
            double done = 0;
            StoreScorer.Score(
                _index, solved,
                (document, own) =>
                {
                    var finite = true;
                    for (var t = 0; t < own.Length; t++)
                    {
                        normalised[t] = self is null ? own[t] : Normaliser.Of(normalisation, own[t], self[document], targets?[t] ?? 0);
                        finite &= float.IsFinite(normalised[t]);
                    }
                    if (finite)
                    {
                        visit(document, normalised);
                    }

                    seen[document] = finite;
                    if (++done % ReportEvery == 0)
                    {
                        task.Report(done);
                    }
                },
                cancellation);
            task.Report(done);
        }

        // 4. Documents that were not passed on, by name.
        NameExcluded(seen, excluded);
    }

    /// <inheritdoc/>
    public void ScoreTokens(
        QuerySet queries, IRowSource rows, TokenDefinition definition, Action<RowTokenScores> visit, Action<ExcludedDocument> excluded,
        IProgressSink progress, CancellationToken cancellation) =>
        _tokens.ScoreTokens(
            rows, _encoder.Rows(queries.Queries, progress), queries.Targets, definition, visit, excluded, progress, cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        _tokens.Dispose();
        _projector.Dispose();
    }

    private static FeatureInfluence OnRows(string name, MethodSetup setup, Projector projector)
    {
        using var parts = new Owned();
        parts.Add(projector);
        using var curvature = ProjectedFit.Curvature(setup, projector, projector.Project);
        var features = new StreamedFeatures(setup.Context.Capture, projector.Length, projector.Project);
        return new FeatureInfluence
        {
            Name = name,
            N = setup.Context.Documents.RowCount,
            Queries = features,
            Documents = features,
            Solver = curvature.Solver(new Damping(setup.Options.DampingFactor)),
            Parts = parts.Release(),
        };
    }

    private double[] SelfInfluence(CancellationToken cancellation)
    {
        var self = new double[_session.Rows.DocumentCount];
        DocumentGradients.ForEach(
            _index,
            (documents, gradients) =>
            {
                var values = _solver.SelfInfluence(gradients).data<double>().ToArray();
                for (var i = 0; i < documents.Length; i++)
                {
                    self[documents[i]] = values[i];
                }
            },
            cancellation);
        return self;
    }

    private void NameExcluded(bool[] seen, Action<ExcludedDocument> excluded)
    {
        var named = _index.Excluded().Concat(_session.Index.Deleted().Select(d =>
                new ExcludedDocument(d.Id, "index", string.Create(CultureInfo.InvariantCulture, $"deleted from the index on {d.Time:yyyy-MM-dd}"))))
            .DistinctBy(d => d.Id).ToDictionary(d => d.Id);
        foreach (var d in Enumerable.Range(0, seen.Length).Where(d => !seen[d]))
        {
            var id = _session.Rows.IdOf(d);
            excluded(named.GetValueOrDefault(id) ?? new ExcludedDocument(id, "scores", "its score is not finite, or it has no row in the index"));
        }
    }
}
