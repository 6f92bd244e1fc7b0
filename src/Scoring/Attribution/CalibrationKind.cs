namespace Tda.Scoring.Attribution;

/// <summary>The shape of a calibration.</summary>
public enum CalibrationKind
{
    /// <summary>A slope through the origin: no predicted change is no change.</summary>
    Linear,

    /// <summary>A slope and an intercept.</summary>
    Affine,

    /// <summary>Any function that doesn't fall, by pooling adjacent violators.</summary>
    Isotonic,
}
