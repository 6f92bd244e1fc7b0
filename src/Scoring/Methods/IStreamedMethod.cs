using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Index;
using Tda.Scoring.Index.Shards;

namespace Tda.Scoring.Methods;

/// <summary>A method that can hand its scores on document by document, so that targets × documents need not be held.</summary>
public interface IStreamedMethod : IAttributionMethod
{
    /// <summary>
    /// Passes on every document's scores, one a target, in ascending order of documents. Those set apart are not passed on but named to
    /// <paramref name="excluded"/>.
    /// </summary>
    void Stream(
        QuerySet queries, Normalisation normalisation, StoreScorer.Visitor visit, Action<ExcludedDocument> excluded, IProgressSink progress,
        CancellationToken cancellation);
}
