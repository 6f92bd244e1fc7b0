using Tda.Scoring.Gradients;

namespace Tda.Scoring.Methods.Projected;

/// <summary>Projected gradients of documents: the rows of a document are summed.</summary>
public interface IFeatureSource
{
    /// <summary>D.</summary>
    int Length { get; }

    /// <summary>Visits every document once, in no particular order.</summary>
    /// <param name="rows">The documents (or queries).</param>
    /// <param name="visit">Ordinals and float64 (n, D).</param>
    /// <param name="apart">Told of every document that has no finite gradient; it isn't visited.</param>
    /// <param name="progress">Rows done.</param>
    /// <param name="cancellation">Stops between batches.</param>
    void ForEach(IRowSource rows, DocumentVisitor visit, Action<int> apart, Action<double>? progress, CancellationToken cancellation);
}
