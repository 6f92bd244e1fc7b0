namespace Tda.Scoring.Projection;

/// <summary>The shape of projected gradients.</summary>
public sealed record ProjectionOptions
{
    /// <summary>Rank per side; a layer narrower than this is kept whole. At least 1; default 64, the paper's.</summary>
    public int Rank { get; init; } = 64;

    /// <summary>Random (default) or PCA.</summary>
    public ProjectionKind Kind { get; init; } = ProjectionKind.Random;

    /// <summary>Seed of the random projections. Default 0.</summary>
    public long Seed { get; init; }
}
