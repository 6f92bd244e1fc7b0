using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;

namespace Tda.Scoring.Methods;

/// <summary>An influence method, chosen by name in <see cref="AttributionMethods"/>. Scores follow the one sign convention.</summary>
public interface IAttributionMethod : IDisposable
{
    /// <summary>Its name on the command line and in manifests.</summary>
    string Name { get; }

    /// <summary>N: sequences that its curvature is a mean over; documents where it has none.</summary>
    long N { get; }

    /// <summary>The damping λ of each module; empty without curvature.</summary>
    IReadOnlyList<double> Damping { get; }

    /// <summary>The normalisation used when none is asked for.</summary>
    Normalisation DefaultNormalisation { get; }

    /// <summary>Scores of every document for every target; documents set apart are NaN and named to <paramref name="excluded"/>.</summary>
    ScoreMatrix Score(
        QuerySet queries, Normalisation normalisation, Action<ExcludedDocument> excluded, IProgressSink progress,
        CancellationToken cancellation);

    /// <summary>Scores of every label token of some rows for every target, not normalised, in no particular order.</summary>
    /// <exception cref="UsageException">The method has no token scores.</exception>
    void ScoreTokens(
        QuerySet queries, IRowSource rows, TokenDefinition definition, Action<RowTokenScores> visit, Action<ExcludedDocument> excluded,
        IProgressSink progress, CancellationToken cancellation);

    /// <summary>Of a cascade what its stages did in the last call of <see cref="Score"/>; else empty.</summary>
    IReadOnlyList<CascadeStage> Stages => [];

    /// <summary>Whether <see cref="ScoreLayers"/> works.</summary>
    bool HasLayers => false;

    /// <summary>Scores of every document for every target by tracked layer, not normalised. One more pass over the documents.</summary>
    /// <exception cref="NotSupportedException">The method's scores are no sums over layers, or it keeps none by layer.</exception>
    LayerScores ScoreLayers(QuerySet queries, Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation) =>
        throw new NotSupportedException($"method {Name} has no scores by layer");
}
