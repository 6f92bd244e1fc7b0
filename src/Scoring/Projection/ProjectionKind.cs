namespace Tda.Scoring.Projection;

/// <summary>How LoGra's two projections of a module are made.</summary>
public enum ProjectionKind
{
    /// <summary>Random orthonormal rows, by seed.</summary>
    Random,

    /// <summary>Top eigenvectors of the activation and gradient covariances.</summary>
    Pca,
}
