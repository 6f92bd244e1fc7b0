using Tda.Core.Queries;
using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;

namespace Tda.Scoring.Methods.Gradients;

/// <summary>
/// <see cref="LinearInfluence"/> over a session's documents, with scores of their tokens. Owns the preconditioner.
/// </summary>
public sealed class GradientScorer(
    GradientCapture capture, IRowSource documents, QueryEncoder encoder, IPreconditioner preconditioner,
    MethodOptions options) : IDisposable
{
    private readonly LinearInfluence _influence = new("gradients", capture, documents.RowCount, preconditioner, options);

    /// <summary>The preconditioner.</summary>
    public IPreconditioner Preconditioner => preconditioner;

    /// <summary>A scorer of a session's documents.</summary>
    public static GradientScorer Of(ScoringSession session, IPreconditioner preconditioner, MethodOptions options) => new(
        session.Capture, session.Ranked, new QueryEncoder(session.Surrogate.Tokenizer, session.Capture.Model.MaxPositions, options.IncludeEnd), preconditioner, options);

    /// <summary>Scores of all documents.</summary>
    public ScoreMatrix Score(
        QuerySet queries, Normalisation normalisation, Action<ExcludedDocument> excluded, IProgressSink progress,
        CancellationToken cancellation) =>
        _influence.Score(documents, encoder.Rows(queries.Queries, progress), queries.Targets, normalisation, excluded, progress, cancellation);

    /// <summary>Scores of all documents by layer.</summary>
    public LayerScores ScoreLayers(
        QuerySet queries, Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation) =>
        _influence.ScoreLayers(documents, encoder.Rows(queries.Queries, progress), queries.Targets, excluded, progress, cancellation);

    /// <summary>Scores of the tokens of some rows.</summary>
    public void ScoreTokens(
        QuerySet queries, IRowSource rows, TokenDefinition definition, Action<RowTokenScores> visit, Action<ExcludedDocument> excluded,
        IProgressSink progress, CancellationToken cancellation)
    {
        using var gradients = _influence.Gradients(encoder.Rows(queries.Queries, progress), queries.Targets, excluded, cancellation);
        using var directions = preconditioner.Apply(gradients);
        using var task = progress.Start("Token scores", rows.RowCount, "rows");
        var apart = new SortedSet<int>();
        new TokenScorer(capture, definition).ForEach(
            rows, directions, visit, d => apart.Add(d), rowsDone => task.Report(rowsDone), cancellation);
        foreach (var d in apart)
        {
            excluded(new ExcludedDocument(rows.IdOf(d), "tokens", ExcludedDocument.NotFinite));
        }
    }

    /// <summary>Queries as rows; says what the context cut.</summary>
    public IReadOnlyList<EncodedQuery> Encode(IReadOnlyList<Query> queries, IProgressSink progress) => encoder.Encode(queries, progress);

    /// <inheritdoc/>
    public void Dispose() => _influence.Dispose();
}
