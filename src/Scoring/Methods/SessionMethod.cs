using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.Scoring.Methods.Gradients;

namespace Tda.Scoring.Methods;

/// <summary>An <see cref="IInfluence"/> over a session's documents. Owns the influence, and what it was built from if told so.</summary>
public sealed class SessionMethod(ScoringSession session, IInfluence influence, MethodOptions options, IDisposable? owned = null) : IAttributionMethod
{
    /// <inheritdoc/>
    public string Name => influence.Name;

    /// <inheritdoc/>
    public long N => influence.N;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => influence.Damping;

    /// <inheritdoc/>
    public Normalisation DefaultNormalisation => influence.DefaultNormalisation;

    /// <inheritdoc/>
    public ScoreMatrix Score(
        QuerySet queries, Normalisation normalisation, Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation) =>
        influence.Score(session.Ranked, Rows(queries, progress), queries.Targets, normalisation, excluded, progress, cancellation);

    /// <inheritdoc/>
    public void ScoreTokens(
        QuerySet queries, IRowSource rows, TokenDefinition definition, Action<RowTokenScores> visit, Action<ExcludedDocument> excluded,
        IProgressSink progress, CancellationToken cancellation) =>
        throw new UsageException($"Method {Name} has no token scores. Methods with them: {string.Join(", ", AttributionMethods.WithTokens)}.");

    /// <inheritdoc/>
    public bool HasLayers => influence is LinearInfluence;

    /// <inheritdoc/>
    public LayerScores ScoreLayers(QuerySet queries, Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation) =>
        influence is LinearInfluence linear
            ? linear.ScoreLayers(session.Ranked, Rows(queries, progress), queries.Targets, excluded, progress, cancellation)
            : throw new NotSupportedException($"method {Name} has no scores by layer");

    /// <inheritdoc/>
    public void Dispose()
    {
        influence.Dispose();
        owned?.Dispose();
    }

    private MemoryRows Rows(QuerySet queries, IProgressSink progress) =>
        new QueryEncoder(session.Surrogate.Tokenizer, session.Capture.Model.MaxPositions, options.IncludeEnd).Rows(queries.Queries, progress);
}
