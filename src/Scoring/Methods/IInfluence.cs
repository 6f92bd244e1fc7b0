using Tda.Scoring.Attribution;
using Tda.Scoring.Index.Shards;

namespace Tda.Scoring.Methods;

/// <summary>
/// An influence method without files: rows in, scores out, for any <see cref="ICaptureModel"/>, language model or classifier.
/// <see cref="SessionMethod"/> runs it over an index; a bank of retrainings grades it.
/// </summary>
public interface IInfluence : IDisposable
{
    /// <summary>Its name in <see cref="AttributionMethods"/>.</summary>
    string Name { get; }

    /// <summary>N: sequences that its curvature is a mean over; documents where it has none.</summary>
    long N { get; }

    /// <summary>The damping λ of each module; empty (default) without curvature.</summary>
    IReadOnlyList<double> Damping => [];

    /// <summary>The normalisation used when none is asked for. Default none.</summary>
    Normalisation DefaultNormalisation => Normalisation.None;

    /// <summary>Of a method that knows how sure it is the half widths of its scores' intervals, after the last call of <see cref="Score"/>; else null.</summary>
    ScoreMatrix? HalfWidths => null;

    /// <summary>What the manifest of a run says of the last call beyond what all methods say; null (default): nothing.</summary>
    object? Facts => null;

    /// <summary>
    /// Scores [targets, documents] in the one sign convention: positive = proponent. Documents set apart are NaN and named to
    /// <paramref name="excluded"/>, as are queries left out of their targets.
    /// </summary>
    /// <param name="documents">What is ranked; need not be what a curvature was fitted on.</param>
    /// <param name="queries">One row a query: <see cref="TokenRow.Document"/> is the query's ordinal.</param>
    /// <param name="targets">What is explained: single queries or means of several.</param>
    /// <param name="normalisation">Applied to the scores.</param>
    /// <param name="excluded">Told of every document and query set apart.</param>
    /// <param name="progress">Shows how far it is.</param>
    /// <param name="cancellation">Stops between batches.</param>
    ScoreMatrix Score(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation);

    /// <summary>Most methods own nothing.</summary>
    void IDisposable.Dispose()
    {
    }
}

/// <summary>An influence that gives the shares of a document's tokens in its score.</summary>
public interface ITokenInfluence : IInfluence
{
    /// <summary>
    /// Scores of every label token of some rows for every target, not normalised, in no particular order; over a document's tokens they add up to
    /// its score. Documents set apart are named to <paramref name="excluded"/>.
    /// </summary>
    void ScoreTokens(
        IRowSource rows, IRowSource queries, IReadOnlyList<Target> targets, TokenDefinition definition, Action<RowTokenScores> visit,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation);
}

/// <summary>An influence that needs no other document's score to know one's.</summary>
public interface IStreamedInfluence : IInfluence
{
    /// <summary>
    /// What <see cref="IInfluence.Score"/> gives, document by document in ascending order; those set apart are named to
    /// <paramref name="excluded"/> and not visited.
    /// </summary>
    void Stream(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation, StoreScorer.Visitor visit,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation);
}
