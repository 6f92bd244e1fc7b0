using Tda.Core.Errors;
using Tda.Core.Progress;
using Tda.Scoring.Capture;
using Tda.Scoring.Indexing;
using Tda.Scoring.Queries;
using Tda.Scoring.Sessions;
using Tda.Scoring.Tokens;

namespace Tda.Scoring.Methods;

/// <summary>An <see cref="IInfluence"/> over a session's documents. Owns the influence.</summary>
public sealed class SessionMethod(ScoringSession session, IInfluence influence, MethodOptions options) : IAttributionMethod
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
        QuerySet queries, Normalisation normalisation, Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        var encoded = new QueryEncoder(session.Surrogate.Tokenizer, session.Capture.Model.MaxPositions, options.IncludeEnd).Encode(queries.Queries);
        var rows = new MemoryRows([.. encoded.Select(e => e.Query.Id)], [.. encoded.Select(e => e.Row)]);
        return influence.Score(session.Rows, rows, queries.Targets, normalisation, excluded, progress, cancellation);
    }

    /// <inheritdoc/>
    public void ScoreTokens(
        QuerySet queries, IRowSource rows, TokenDefinition definition, Action<RowTokenScores> visit, Action<ExcludedDocument> excluded,
        IProgressSink progress, CancellationToken cancellation) =>
        throw new UsageException($"Method {Name} has no token scores. Methods with them: ekfac, logra, grad-dot, grad-cos.");

    /// <inheritdoc/>
    public void Dispose() => influence.Dispose();
}
