using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;

namespace Tda.Scoring.Methods.Gradients;

/// <summary>Methods that compute document gradients anew: EK-FAC, grad-dot, grad-cos.</summary>
public sealed class GradientMethod(string name, GradientScorer scorer, long n, Normalisation defaultNormalisation) : IAttributionMethod
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public long N => n;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => scorer.Preconditioner.Damping;

    /// <inheritdoc/>
    public Normalisation DefaultNormalisation => defaultNormalisation;

    /// <inheritdoc/>
    public ScoreMatrix Score(
        QuerySet queries, Normalisation normalisation, Action<ExcludedDocument> excluded, IProgressSink progress,
        CancellationToken cancellation) =>
        scorer.Score(queries, normalisation, excluded, progress, cancellation);

    /// <inheritdoc/>
    public void ScoreTokens(
        QuerySet queries, IRowSource rows, TokenDefinition definition, Action<RowTokenScores> visit, Action<ExcludedDocument> excluded,
        IProgressSink progress, CancellationToken cancellation) =>
        scorer.ScoreTokens(queries, rows, definition, visit, excluded, progress, cancellation);

    /// <inheritdoc/>
    public bool HasLayers => true;

    /// <inheritdoc/>
    public LayerScores ScoreLayers(
        QuerySet queries, Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation) =>
        scorer.ScoreLayers(queries, excluded, progress, cancellation);

    /// <inheritdoc/>
    public void Dispose() => scorer.Dispose();
}
