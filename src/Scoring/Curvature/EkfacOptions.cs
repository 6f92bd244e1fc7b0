using Tda.Scoring.Capture;
using TorchSharp;

namespace Tda.Scoring.Curvature;

/// <summary>How EK-FAC factors are fitted.</summary>
public sealed record EkfacOptions
{
    /// <summary>Of <see cref="KeptBytes"/>: 1 GiB.</summary>
    public const long DefaultKeptBytes = 1L << 30;

    /// <summary>Sampled (the Gauss-Newton/Fisher matrix; default) or true labels (empirical Fisher).</summary>
    public LabelSource Labels { get; init; } = LabelSource.Sampled;

    /// <summary>Type that the factors are kept in: float32 (default) or float64. The eigendecomposition is always float64.</summary>
    public torch.ScalarType DType { get; init; } = torch.ScalarType.Float32;

    /// <summary>
    /// Tokens, for each column of the widest covariance, of the documents that covariances are taken over, drawn by seed; Λ is taken over
    /// all documents in any case. 0 (default): all of them. At most 1,000,000.
    /// </summary>
    public int CovarianceTokens { get; init; }

    /// <summary>
    /// Most bytes of captured batches kept for the second pass where both are over the same rows; what is beyond is captured twice. 0: none.
    /// Default <see cref="DefaultKeptBytes"/>. Results don't depend on it.
    /// </summary>
    public long KeptBytes { get; init; } = DefaultKeptBytes;

    /// <summary>
    /// Per-example gradients held at a time, in elements, at least one example's. Default 2¹⁸ (1 MiB of float32): what is squared and added
    /// is then still in the processor's cache.
    /// </summary>
    public long ChunkElements { get; init; } = 1L << 18;
}
