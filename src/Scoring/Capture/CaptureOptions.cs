namespace Tda.Scoring.Capture;

/// <summary>How gradients are captured.</summary>
public sealed record CaptureOptions
{
    /// <summary>Positions in a batch, padding counted. At least 1; default 2048. Results don't depend on it.</summary>
    public int BatchTokens { get; init; } = 2048;

    /// <summary>Seed of the sampled labels. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>What is differentiated: the loss (default), or the margin.</summary>
    public CaptureObjective Objective { get; init; } = CaptureObjective.Loss;
}
