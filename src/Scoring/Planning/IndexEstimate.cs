using Tda.ProxyTrainer.Models;

namespace Tda.Scoring.Planning;

/// <summary>What an index takes on disk, from shapes alone.</summary>
/// <param name="FactorBytes">EK-FAC: two eigenbases and the eigenvalues of every tracked layer, float32.</param>
/// <param name="LograBytesPerRow">LoGra: projected gradient of one row, float32.</param>
/// <param name="LograBytes">The same for one row a document.</param>
public sealed record IndexEstimate(long FactorBytes, long LograBytesPerRow, long LograBytes)
{
    /// <summary>Counts for a surrogate's shape.</summary>
    /// <param name="config">The surrogate.</param>
    /// <param name="documents">Documents of the corpus; one longer than the context makes several rows.</param>
    /// <param name="rank">LoGra's rank per side; a layer narrower than it is kept whole.</param>
    /// <param name="scope">The tracked layers.</param>
    public static IndexEstimate Of(ModelConfig config, long documents, int rank, LayerScope scope = LayerScope.Blocks)
    {
        long factors = 0, row = 0;
        foreach (var (outputs, inputs, vocabulary, oneHot) in config.TrackedLayers(scope))
        {
            var diagonal = oneHot || (vocabulary && outputs > EkfacOptions.DefaultVocabularyBasis);
            factors += (inputs * inputs) + (diagonal ? 0 : outputs * outputs) + (inputs * outputs);
            row += Math.Min(rank, inputs) * Math.Min(rank, outputs);
        }

        return new IndexEstimate(factors * sizeof(float), row * sizeof(float), row * sizeof(float) * documents);
    }
}
