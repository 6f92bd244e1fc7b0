using Tda.Scoring.Gradients;

namespace Tda.Scoring.Methods.Trajectory;

/// <summary>How Source unrolls a training run.</summary>
public sealed record SourceOptions
{
    /// <summary>
    /// L: stretches of the run, each with one curvature, at least 1; at most a checkpoint each is used. Default 3, the paper's.
    /// </summary>
    public int Segments { get; init; } = 3;

    /// <summary>Labels that the segments' curvature is fitted with: sampled (the Gauss-Newton matrix; default) or true.</summary>
    public LabelSource Labels { get; init; } = LabelSource.Sampled;

    /// <summary>Adam's ε beside the root of the second moments, above 0. Default 1e-8.</summary>
    public double AdamEpsilon { get; init; } = 1e-8;

    internal IEnumerable<string> Errors()
    {
        if (Segments < 1)
        {
            yield return $"Source's segments are {Segments}; they must be at least 1";
        }

        if (!(AdamEpsilon > 0))
        {
            yield return $"Adam's epsilon is {AdamEpsilon}; it must be above 0";
        }
    }
}
