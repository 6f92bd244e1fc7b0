using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Index.Shards;
using Tda.Scoring.Methods.InfluenceFunctions;

namespace Tda.Scoring.Methods;

/// <summary>A method opened over an index by <see cref="AttributionMethods.Open"/>. Scores follow the one sign convention.</summary>
public interface IOpenedMethod : IDisposable
{
    /// <summary>Its name in manifests.</summary>
    string Name { get; }

    /// <summary>N: sequences that its curvature is a mean over; documents where it has none.</summary>
    long N { get; }

    /// <summary>The damping λ of each module; empty without curvature.</summary>
    IReadOnlyList<double> Damping { get; }

    /// <summary>The normalisation used when none is asked for.</summary>
    Normalisation DefaultNormalisation => Normalisation.None;

    /// <summary>Of a cascade what its stages did in the last call of <see cref="Score"/>; else empty.</summary>
    IReadOnlyList<CascadeStage> Stages => [];

    /// <summary>As <see cref="IInfluence.HalfWidths"/>.</summary>
    ScoreMatrix? HalfWidths => null;

    /// <summary>As <see cref="IInfluence.Facts"/>.</summary>
    object? Facts => null;

    /// <summary>Whether <see cref="ScoreLayers"/> works.</summary>
    bool HasLayers => false;

    /// <summary>Whether <see cref="Stream"/> works.</summary>
    bool CanStream => false;

    /// <summary>Scores of every document for every target; documents set apart are NaN and named to <paramref name="excluded"/>.</summary>
    ScoreMatrix Score(
        QuerySet queries, Normalisation normalisation, Action<ExcludedDocument> excluded, IProgressSink progress,
        CancellationToken cancellation);

    /// <summary>Scores of every label token of some rows for every target, not normalised, in no particular order.</summary>
    /// <exception cref="UsageException">The method has no token scores.</exception>
    void ScoreTokens(
        QuerySet queries, IRowSource rows, TokenDefinition definition, Action<RowTokenScores> visit, Action<ExcludedDocument> excluded,
        IProgressSink progress, CancellationToken cancellation);

    /// <summary>Scores of every document for every target by tracked layer, not normalised. One more pass over the documents.</summary>
    /// <exception cref="NotSupportedException">The method's scores are no sums over layers, or it keeps none by layer.</exception>
    LayerScores ScoreLayers(QuerySet queries, Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation) =>
        throw new NotSupportedException($"method {Name} has no scores by layer");

    /// <summary>
    /// Passes on every document's scores, one a target, in ascending order of documents, so that targets × documents need not be held.
    /// Those set apart are not passed on but named to <paramref name="excluded"/>.
    /// </summary>
    /// <exception cref="NotSupportedException">The method needs all scores at once.</exception>
    void Stream(
        QuerySet queries, Normalisation normalisation, StoreScorer.Visitor visit, Action<ExcludedDocument> excluded, IProgressSink progress,
        CancellationToken cancellation) =>
        throw new NotSupportedException($"method {Name} doesn't stream its scores");
}

/// <summary>
/// An <see cref="IInfluence"/> over the documents of an index. Owns the influence, and what it was built from if told so.
/// </summary>
internal sealed class SessionMethod(ScoringSession session, IInfluence influence, MethodOptions options, IDisposable? owned = null)
    : IOpenedMethod
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
    public ScoreMatrix? HalfWidths => influence.HalfWidths;

    /// <inheritdoc/>
    public object? Facts => influence.Facts;

    /// <inheritdoc/>
    public bool HasLayers => influence is LinearInfluence;

    /// <inheritdoc/>
    public bool CanStream => influence is IStreamedInfluence;

    /// <inheritdoc/>
    public ScoreMatrix Score(
        QuerySet queries, Normalisation normalisation, Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation) =>
        influence.Score(session.Ranked, Rows(queries, progress), queries.Targets, normalisation, excluded, progress, cancellation);

    /// <inheritdoc/>
    public void ScoreTokens(
        QuerySet queries, IRowSource rows, TokenDefinition definition, Action<RowTokenScores> visit, Action<ExcludedDocument> excluded,
        IProgressSink progress, CancellationToken cancellation)
    {
        AttributionMethods.RequireTokens(Name);
        ((ITokenInfluence)influence).ScoreTokens(
            rows, Rows(queries, progress), queries.Targets, definition, visit, excluded, progress, cancellation);
    }

    /// <inheritdoc/>
    public LayerScores ScoreLayers(QuerySet queries, Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation) =>
        influence is LinearInfluence linear
            ? linear.ScoreLayers(session.Ranked, Rows(queries, progress), queries.Targets, excluded, progress, cancellation)
            : throw new NotSupportedException($"method {Name} has no scores by layer");

    /// <inheritdoc/>
    public void Stream(
        QuerySet queries, Normalisation normalisation, StoreScorer.Visitor visit, Action<ExcludedDocument> excluded, IProgressSink progress,
        CancellationToken cancellation) =>
        (influence as IStreamedInfluence ?? throw new NotSupportedException($"method {Name} doesn't stream its scores")).Stream(
            session.Ranked, Rows(queries, progress), queries.Targets, normalisation, visit, excluded, progress, cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        influence.Dispose();
        owned?.Dispose();
    }

    private MemoryRows Rows(QuerySet queries, IProgressSink progress) => session.Encoder(options.IncludeEnd).Rows(queries.Queries, progress);
}
