using Tda.Scoring.Capture;
using TorchSharp;

namespace Tda.Scoring.Curvature;

/// <summary>How EK-FAC factors are fitted.</summary>
public sealed record EkfacOptions
{
    /// <summary>Sampled (the Gauss-Newton/Fisher matrix; default) or true labels (empirical Fisher).</summary>
    public LabelSource Labels { get; init; } = LabelSource.Sampled;

    /// <summary>Type that the factors are kept in: float32 (default) or float64. The eigendecomposition is always float64.</summary>
    public torch.ScalarType DType { get; init; } = torch.ScalarType.Float32;

    /// <summary>Per-example gradients held at a time, in elements. Default 2²⁴ (64 MiB of float32).</summary>
    public long ChunkElements { get; init; } = 1L << 24;
}
